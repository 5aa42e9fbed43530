import { expect, test } from 'bun:test'
import { type Field, fieldName } from './field-names.ts'

test.each<[string, Field, string]>([
  ['openai-chat', 'choices', 'n'],
  ['openai-chat', 'logitBias', 'logit_bias'],
  ['openai-responses', 'output', 'text.format'],
  ['openai-responses', 'topLogprobs', 'top_logprobs'],
  ['anthropic', 'topK', 'top_k'],
  ['anthropic', 'user', 'metadata.user_id'],
  ['cohere', 'output', 'response_format'],
  ['gemini', 'topK', 'generationConfig.topK'],
  ['gemini', 'toolChoice', 'toolConfig.functionCallingConfig'],
])('in %s the name of %s is %s', (format, field, name) => expect(fieldName({ format }, field)).toBe(name))
