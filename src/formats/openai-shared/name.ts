/** The name of this language, as answers, requests and native parts carry it. */
export const NAME = 'openai-chat'

/** What its users call it, in messages. */
export const LANGUAGE = "OpenAI's Chat Completions"
