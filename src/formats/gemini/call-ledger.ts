import { isRecord } from '../fields/fields.ts'
import type { CallLedger } from './decode-part.ts'
import { historyCallId } from './ids.ts'

interface OpenCall {
  readonly id: string
  readonly name: string
}

/**
 * Gives the calls of a conversation their ids, and finds the call that a result answers: by its id, else the first of its
 * name that has no result yet. `parts`: those of each content, to be
 * looked through for ids that are taken.
 */
export class ConversationCalls implements CallLedger {
  readonly #taken: ReadonlySet<string>
  #count = 0
  #open: OpenCall[] = []
  #isAnswering = false

  constructor(parts: readonly unknown[]) {
    this.#taken = new Set(parts.flatMap(idsOf))
  }

  call(given: string | undefined, name: string): string {
    // A model that speaks after results makes a new step: whatever is open belongs to an older one.
    if (this.#isAnswering) this.#open = []
    this.#isAnswering = false
    this.#count++
    const id = given ?? historyCallId(this.#count, this.#taken)
    this.#open.push({ id, name })
    return id
  }

  result(given: string | undefined, name: string): string | undefined {
    this.#isAnswering = true
    const at = this.#open.findIndex((call) => (given === undefined ? call.name === name : call.id === given))
    if (at === -1) return given
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
