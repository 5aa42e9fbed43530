/** `call_7`, `call_2n9c4t_1`: generated here, because Gemini's calls rarely have ids. `call_88118924` is xAI's. */
const GENERATED = /^call_(?:[0-9a-z]+_)*\d{1,5}$/

export const isGeneratedId = (id: string): boolean => GENERATED.test(id)

/** The id of the n-th call (from 1) of a Gemini conversation, if the client sent none. It is the same at every turn. */
export function historyCallId(ordinal: number, taken: ReadonlySet<string>): string {
  const id = `call_${ordinal}`
  return taken.has(id) ? `call_x_${ordinal}` : id
}

/**
 * The id of the n-th call (from 1) of a response without call ids. It is as unique in the conversation as the
 * response's own id, and the same whether the response is streamed or not.
 */
export function answerCallId(responseId: string | undefined, choice: number, ordinal: number): string {
  const prefix = responseId === undefined ? '' : `${Bun.hash(responseId).toString(36)}_`
  return `call_${prefix}${choice === 0 ? '' : `${choice}_`}${ordinal}`
}
