// The API formats in which the doctor sends requests: their paths, and how a client passes its key.
import { checkStream as checkAnthropic } from '../formats/anthropic/grammar.ts'
import { chatFormat } from '../formats/chat-formats.ts'
import type { ChatFormat } from '../formats/format.ts'
import type { Frame } from '../codecs/framing/frame.ts'
import { checkStream as checkGemini } from '../formats/gemini/grammar.ts'
import { checkStream as checkChat } from '../formats/openai-chat/grammar.ts'
import { checkStream as checkResponses } from '../formats/openai-responses/grammar.ts'

export interface ClientFormat {
  readonly format: ChatFormat
  /** Relative to the gateway's root. */
  readonly path: (model: string, isStream: boolean) => string
  readonly headers: (key: string) => Readonly<Record<string, string>>
  /** One sentence for each violation of the stream format. */
  readonly checkStream: (frames: readonly Frame[]) => readonly string[]
  /** A model of this format that supports every parameter. Requests are encoded as for this model. */
  readonly baseModel: string
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

export const CLIENT_FORMATS: readonly ClientFormat[] = [
  {
    format: chatFormat('openai-chat')!,
    path: () => '/v1/chat/completions',
    headers: bearer,
    checkStream: (frames) => checkChat(frames, false),
    baseModel: 'gpt-4o',
  },
  {
    format: chatFormat('openai-responses')!,
    path: () => '/v1/responses',
    headers: bearer,
    checkStream: checkResponses,
    baseModel: 'gpt-4o',
  },
  {
    format: chatFormat('anthropic')!,
    path: () => '/v1/messages',
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    checkStream: (frames) => checkAnthropic(frames, false),
    baseModel: 'claude-sonnet-4-6',
  },
  {
    format: chatFormat('gemini')!,
    path: (model, isStream) =>
      `/v1beta/models/${encodeURIComponent(model)}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: (key) => ({ 'x-goog-api-key': key }),
    checkStream: checkGemini,
    baseModel: 'gemini-2.5-pro',
  },
]
