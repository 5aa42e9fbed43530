/** The name of this language, as answers, requests, seals and native parts carry it. */
export const NAME = 'openai-responses'

/** What its users call it, in messages. */
export const LANGUAGE = "OpenAI's Responses"
