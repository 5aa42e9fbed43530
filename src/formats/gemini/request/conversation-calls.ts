import { isRecord } from '../../fields/fields.ts'
import type { CallIds } from '../content/decode-part.ts'
import { historyCallId } from '../content/ids.ts'

interface OpenCall {
  readonly id: string
  readonly name: string
}

/**
 * Assigns ids to the calls of a conversation, and finds the call of a result: by its id, otherwise the first call of
 * that name without a result. `parts`: the `parts` of each content, which are searched for ids that are in use.
 */
export class ConversationCalls implements CallIds {
  readonly #taken: ReadonlySet<string>
  #count = 0
  #open: OpenCall[] = []
  #hasResults = false

  constructor(parts: readonly unknown[]) {
    this.#taken = new Set(parts.flatMap(idsOf))
  }

  call(ownId: string | undefined, name: string): string {
    // A call after results starts a new step. Open calls belong to an older step.
    if (this.#hasResults) this.#open = []
    this.#hasResults = false
    this.#count++
    const id = ownId ?? historyCallId(this.#count, this.#taken)
    this.#open.push({ id, name })
    return id
  }

  result(ownId: string | undefined, name: string): string {
    this.#hasResults = true
    const at = this.#open.findIndex((call) => (ownId === undefined ? call.name === name : call.id === ownId))
    if (at === -1) return ownId ?? `result of ${name}`
    return this.#open.splice(at, 1)[0]!.id
  }
}

function idsOf(parts: unknown): string[] {
  if (!Array.isArray(parts)) return []
  return (parts as unknown[]).flatMap((part) => {
    const call = isRecord(part) ? (part['functionCall'] ?? part['function_call']) : undefined
    return isRecord(call) && typeof call['id'] === 'string' ? [call['id']] : []
  })
}
