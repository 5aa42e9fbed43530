/** The format's name, in responses, requests and native parts. */
export const NAME = 'ollama'

/** The API's name in messages. */
export const LABEL = 'Ollama'

/** The format of clients, for the losses of responses. */
export const CLIENT = { name: NAME, label: LABEL, hasCitations: false } as const
