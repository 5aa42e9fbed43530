// The two forms of a response: a message of a chat, or the text that completes one prompt.
export interface ResponseMessage {
  readonly content: string
  readonly thinking?: string
  readonly tool_calls?: readonly object[]
}

export type ResponseShape = (message: ResponseMessage) => object

/** Source: https://docs.ollama.com/api/chat */
export const asMessage: ResponseShape = (message) => ({ message: { role: 'assistant', ...message } })

/** Requests of this form have no tools. Source: https://docs.ollama.com/api/generate */
export const asText: ResponseShape = ({ content, thinking }) => ({
  response: content,
  ...(thinking !== undefined && { thinking }),
})
