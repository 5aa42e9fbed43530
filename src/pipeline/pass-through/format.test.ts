import { expect, test } from 'bun:test'
import type { ApiName } from '../../formats/apis/api.ts'
import { providerType } from '../../providers/index.ts'
import { apiOf } from './format.ts'

const BEDROCK = 'https://bedrock-runtime.us-east-1.amazonaws.com'

test.each<[string, string, ApiName | undefined]>([
  ['openai', 'https://api.openai.com/v1/chat/completions', 'openai-chat'],
  ['openai', 'https://api.openai.com/v1/completions', 'openai-completions'],
  ['openai', 'https://api.openai.com/v1/audio/transcriptions', 'openai-transcriptions'],
  ['openai', 'https://api.openai.com/v1/files', undefined],
  ['openai', 'https://api.openai.com/v1/files?a=/chat/completions', undefined],
  ['anthropic', 'https://api.anthropic.com/v1/messages', 'anthropic'],
  ['anthropic', 'https://api.anthropic.com/v1/messages/batches', undefined],
  ['gemini', 'https://g/v1beta/models/gemini-3:generateContent', 'gemini'],
  ['gemini', 'https://g/v1beta/models/gemini-3:streamGenerateContent?alt=sse', 'gemini'],
  ['gemini', 'https://g/v1beta/models/gemini-3:streamGenerateContent', 'gemini-list'],
  ['gemini', 'https://g/v1beta/models/:generateContent', undefined],
  ['gemini', 'https://g/v1beta/models', undefined],
  ['bedrock', `${BEDROCK}/model/arn%3Aaws%2Fx/converse`, 'bedrock-converse'],
  ['bedrock', `${BEDROCK}/model/m/converse-stream`, 'bedrock-converse'],
  ['bedrock', `${BEDROCK}/model/m/invoke`, undefined],
])('the API of %s at %s: %s', (type, url, name) => expect(apiOf(providerType(type)!, url)?.name).toBe(name))
