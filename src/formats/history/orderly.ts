import type { Part } from '../../chat/part.ts'
import type { Message } from '../../chat/request.ts'

/**
 * Whether every upstream accepts the calls as they are: ids are unique, and the results of each assistant turn are at the
 * start of the next turn, complete and in the order of the calls. The calls of the last turn may lack results.
 */
export function isOrderly(messages: readonly Message[]): boolean {
  const ids = new Set<string>()
  const check = new OrderCheck(ids)
  return messages.every((message) => check.takes(message))
}

class OrderCheck {
  readonly #ids: Set<string>
  /** The calls of the last assistant turn, and how many of them have results. */
  #calls: string[] = []
  #answered = 0
  #wasAssistant = false

  constructor(ids: Set<string>) {
    this.#ids = ids
  }

  takes({ role, parts }: Message): boolean {
    const isAssistant = role === 'assistant'
    if (isAssistant && this.#answered < this.#calls.length) return false
    if (isAssistant && !this.#wasAssistant) {
      this.#calls = []
      this.#answered = 0
    }
    this.#wasAssistant = isAssistant
    return parts.every((part) => (isAssistant ? this.#takesOfModel(part) : this.#takesOfUser(part)))
  }

  #takesOfModel(part: Part): boolean {
    if (part.type === 'tool-result') return false
    if (part.type !== 'tool-call') return true
    if (this.#ids.has(part.id)) return false
    this.#ids.add(part.id)
    this.#calls.push(part.id)
    return true
  }

  /** Results come first and in order. */
  #takesOfUser(part: Part): boolean {
    const expected = this.#calls[this.#answered]
    if (part.type !== 'tool-result') return expected === undefined
    if (expected !== part.callId) return false
    this.#answered++
    return true
  }
}
