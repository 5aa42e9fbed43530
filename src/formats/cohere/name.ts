/** The format's name, in responses, requests and native parts. */
export const NAME = 'cohere'

/** The API's name in messages. */
export const LABEL = 'Cohere'

/** The format of clients, for the losses of responses. */
export const CLIENT = { name: NAME, label: LABEL, hasCitations: true } as const

/** Marks the text of a response that was its tool plan. */
export const PLAN = 'tool_plan'
