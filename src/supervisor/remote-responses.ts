// The store of responses in the supervisor, as a worker uses it: one copy for all workers, however many there are.
import type { FoundItem, NewResponse, ResponseStore, StoredResponse } from '../state/response-store.ts'

/** A call of the store. */
export type StoreCall =
  | { readonly type: 'save'; readonly owner: string; readonly response: NewResponse }
  | { readonly type: 'find'; readonly owner: string; readonly id: string }
  | { readonly type: 'findItems'; readonly owner: string; readonly ids: readonly string[] }
  | { readonly type: 'delete'; readonly owner: string; readonly id: string }

/** What it returned. */
export type StoreResult = boolean | StoredResponse | undefined | readonly (FoundItem | undefined)[]

/** In the supervisor: makes a worker's call. Never rejects. */
export async function answerCall(store: ResponseStore, call: StoreCall): Promise<StoreResult | 'failed'> {
  try {
    switch (call.type) {
      case 'save':
        return await store.save(call.owner, call.response)
      case 'find':
        return await store.find(call.owner, call.id)
      case 'findItems':
        return await store.findItems(call.owner, call.ids)
      case 'delete':
        return await store.delete(call.owner, call.id)
    }
  } catch {
    return 'failed'
  }
}

interface Pending {
  readonly settle: (result: StoreResult | 'failed') => void
  readonly timer: ReturnType<typeof setTimeout>
}

/** Far longer than a healthy supervisor takes. A request must not wait for a supervisor that hangs. */
const ANSWER_WITHIN_MS = 2000

/** The client waits for the end of its response meanwhile. A save that is late is made all the same. */
const SAVED_WITHIN_MS = 250

/** In a worker: sends calls to the supervisor. A call rejects if it fails there, or is not answered in time. */
export class RemoteResponses implements ResponseStore {
  readonly #send: (requestId: number, call: StoreCall) => void
  readonly #answerWithinMs: number
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #isLost = false

  constructor(send: (requestId: number, call: StoreCall) => void, answerWithinMs = ANSWER_WITHIN_MS) {
    this.#send = send
    this.#answerWithinMs = answerWithinMs
  }

  /** An answer has arrived. One that is late is ignored. */
  answer(requestId: number, result: StoreResult | 'failed'): void {
    const pending = this.#pending.get(requestId)
    if (!pending) return
    this.#pending.delete(requestId)
    clearTimeout(pending.timer)
    pending.settle(result)
  }

  /** The supervisor has exited. */
  lose(): void {
    this.#isLost = true
    for (const requestId of this.#pending.keys()) this.answer(requestId, 'failed')
  }

  save(owner: string, response: NewResponse): Promise<boolean> {
    return this.#call({ type: 'save', owner, response }, SAVED_WITHIN_MS) as Promise<boolean>
  }

  find(owner: string, id: string): Promise<StoredResponse | undefined> {
    return this.#call({ type: 'find', owner, id }) as Promise<StoredResponse | undefined>
  }

  findItems(owner: string, ids: readonly string[]): Promise<readonly (FoundItem | undefined)[]> {
    return this.#call({ type: 'findItems', owner, ids }) as Promise<readonly (FoundItem | undefined)[]>
  }

  delete(owner: string, id: string): Promise<boolean> {
    return this.#call({ type: 'delete', owner, id }) as Promise<boolean>
  }

  #call(call: StoreCall, withinMs = this.#answerWithinMs): Promise<StoreResult> {
    const { promise, resolve, reject } = Promise.withResolvers<StoreResult>()
    const settle = (result: StoreResult | 'failed') =>
      result === 'failed'
        ? reject(new Error('The supervisor does not answer for the stored responses.'))
        : resolve(result)
    if (this.#isLost) {
      settle('failed')
      return promise
    }
    const requestId = ++this.#lastId
    const timer = setTimeout(() => this.answer(requestId, 'failed'), withinMs)
    this.#pending.set(requestId, { settle, timer })
    this.#send(requestId, call)
    return promise
  }
}
