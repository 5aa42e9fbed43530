/** The format's name, in responses, requests and native parts. */
export const NAME = 'ollama'

/** The API's name in messages. */
export const LABEL = 'Ollama'
