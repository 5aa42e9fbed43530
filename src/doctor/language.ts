// The languages that clients speak to a gateway, as the doctor speaks them: where they ask, how they show their key.
import { checkStream as checkAnthropic } from '../formats/anthropic/grammar.ts'
import { chatFormat } from '../formats/chat-formats.ts'
import type { ChatFormat } from '../formats/format.ts'
import type { Frame } from '../codecs/framing/frame.ts'
import { checkStream as checkGemini } from '../formats/gemini/grammar.ts'
import { checkStream as checkChat } from '../formats/openai-chat/grammar.ts'
import { checkStream as checkResponses } from '../formats/openai-responses/grammar.ts'

export interface Language {
  readonly format: ChatFormat
  /** Below the gateway's root. */
  readonly path: (model: string, isStream: boolean) => string
  readonly headers: (key: string) => Readonly<Record<string, string>>
  /** What a stream breaks of its grammar, in words. */
  readonly checkStream: (frames: readonly Frame[]) => readonly string[]
  /** A model of its own that takes whatever can be asked in it: by its name requests are written. */
  readonly dialect: string
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

export const LANGUAGES: readonly Language[] = [
  {
    format: chatFormat('openai-chat')!,
    path: () => '/v1/chat/completions',
    headers: bearer,
    checkStream: (frames) => checkChat(frames, false),
    dialect: 'gpt-4o',
  },
  {
    format: chatFormat('openai-responses')!,
    path: () => '/v1/responses',
    headers: bearer,
    checkStream: checkResponses,
    dialect: 'gpt-4o',
  },
  {
    format: chatFormat('anthropic')!,
    path: () => '/v1/messages',
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
    checkStream: (frames) => checkAnthropic(frames, false),
    dialect: 'claude-sonnet-4-6',
  },
  {
    format: chatFormat('gemini')!,
    path: (model, isStream) =>
      `/v1beta/models/${encodeURIComponent(model)}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: (key) => ({ 'x-goog-api-key': key }),
    checkStream: checkGemini,
    dialect: 'gemini-2.5-pro',
  },
]
