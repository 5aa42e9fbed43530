/** `call_7`, `call_2n9c4t_1`: made here, because Gemini seldom gives a call an id. `call_88118924` is xAI's. */
const MADE = /^call_(?:[0-9a-z]+_)*\d{1,5}$/

export const isMadeId = (id: string): boolean => MADE.test(id)

/** The id of the n-th call (from 1) of a conversation in which Gemini's client wrote none. The same at every turn. */
export function historyCallId(ordinal: number, taken: ReadonlySet<string>): string {
  const id = `call_${ordinal}`
  return taken.has(id) ? `call_x_${ordinal}` : id
}

/**
 * The id of the n-th call (from 1) of an answer that gives none: unique in the conversation as far as the answer's own
 * id is, and the same whether it was streamed or not.
 */
export function answerCallId(responseId: string | undefined, choice: number, ordinal: number): string {
  const answer = responseId === undefined ? '' : `${Bun.hash(responseId).toString(36)}_`
  return `call_${answer}${choice === 0 ? '' : `${choice}_`}${ordinal}`
}
