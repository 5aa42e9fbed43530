import type { Part } from './part.ts'
import type { ChatRequest } from './request.ts'

/** English prose and code have about four bytes per token in current vocabularies, other scripts somewhat fewer. */
const BYTES_PER_TOKEN = 4
/** The tokens that mark the beginning and the end of a message. */
const TOKENS_PER_MESSAGE = 4
/** An image of average size. Source: https://platform.claude.com/docs/en/build-with-claude/vision */
const TOKENS_PER_MEDIA = 1500

/**
 * Estimates the tokens of a request's prompt, for upstreams that do not count them. The error is usually within 20 %;
 * it is larger for prompts that are mostly images, documents or rare scripts.
 */
export function estimateTokens({ messages, tools }: ChatRequest): number {
  let bytes = tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools))
  let tokens = messages.length * TOKENS_PER_MESSAGE
  for (const { parts } of messages)
    for (const part of parts.flatMap(contentsOf)) {
      if (part.type === 'media' && part.source.type !== 'text') tokens += TOKENS_PER_MEDIA
      else bytes += Buffer.byteLength(textOf(part))
    }
  return tokens + Math.ceil(bytes / BYTES_PER_TOKEN)
}

const contentsOf = (part: Part): readonly Part[] => (part.type === 'tool-result' ? part.content : [part])

function textOf(part: Part): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return part.text
    case 'tool-call':
      return part.name + part.arguments
    case 'media':
      return part.source.type === 'text' ? part.source.text : ''
    case 'native':
      return JSON.stringify(part.value)
    default:
      return ''
  }
}
