/** The format's name, in responses, requests and native parts. */
export const NAME = 'openai-chat'

/** The API's name in messages. */
export const LABEL = 'OpenAI Chat Completions'
