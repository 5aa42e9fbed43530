/** The format's name, in responses, requests and native parts. */
export const NAME = 'cohere'

/** The API's name in messages. */
export const LABEL = 'Cohere'
