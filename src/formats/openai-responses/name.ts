/** The format's name, in responses, requests, seals and native parts. */
export const NAME = 'openai-responses'

/** The API's name in messages. */
export const LABEL = 'OpenAI Responses'
