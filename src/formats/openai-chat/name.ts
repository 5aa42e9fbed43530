/** The name of this language, as answers, requests and native parts carry it. */
export const NAME = 'openai-chat'

/** What its users call it, in messages. */
export const LANGUAGE = "OpenAI's Chat Completions"

/** What a JSON value is when it is a text with something in it. */
export const filled = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
