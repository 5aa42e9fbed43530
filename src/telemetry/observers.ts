import type {
  AttemptEnd,
  AttemptSpan,
  AttemptStart,
  CallRecord,
  CallSpan,
  Observer,
  Observers,
  PartialCallSpan,
} from './observer.ts'

/** Combines observers. Each report goes to all of them, in the order of the list. */
export const observeAll = (observers: readonly Observer[]): Observers => ({
  callStarted: (call) => new CallSpans(observers.map((observer) => observer.callStarted(call))),
  requestRejected(request) {
    for (const observer of observers) observer.requestRejected?.(request)
  },
})

class CallSpans implements CallSpan {
  readonly #spans: readonly PartialCallSpan[]

  constructor(spans: readonly PartialCallSpan[]) {
    this.#spans = spans
  }

  attemptStarted(attempt: AttemptStart): AttemptSpan {
    const spans: AttemptSpan[] = []
    for (const span of this.#spans) {
      const started = span.attemptStarted?.(attempt)
      if (started) spans.push(started)
    }
    return spans.length === 1 ? spans[0]! : new AttemptSpans(spans)
  }

  splitChosen(choice: Parameters<CallSpan['splitChosen']>[0]): void {
    for (const span of this.#spans) span.splitChosen?.(choice)
  }

  fallbackTaken(kind: string, from: string, to: string): void {
    for (const span of this.#spans) span.fallbackTaken?.(kind, from, to)
  }

  hedgeSent(model: string): void {
    for (const span of this.#spans) span.hedgeSent?.(model)
  }

  hedgeWon(model: string): void {
    for (const span of this.#spans) span.hedgeWon?.(model)
  }

  limitExceeded(scope: string): void {
    for (const span of this.#spans) span.limitExceeded?.(scope)
  }

  responseStored(outcome: Parameters<CallSpan['responseStored']>[0]): void {
    for (const span of this.#spans) span.responseStored?.(outcome)
  }

  queueEntered(model: string, priority: string): void {
    for (const span of this.#spans) span.queueEntered?.(model, priority)
  }

  queueLeft(model: string, priority: string, seconds: number): void {
    for (const span of this.#spans) span.queueLeft?.(model, priority, seconds)
  }

  queueRefused(model: string, reason: string): void {
    for (const span of this.#spans) span.queueRefused?.(model, reason)
  }

  ended(call: CallRecord): void {
    for (const span of this.#spans) span.ended(call)
  }
}

class AttemptSpans implements AttemptSpan {
  readonly #spans: readonly AttemptSpan[]

  constructor(spans: readonly AttemptSpan[]) {
    this.#spans = spans
  }

  firstEvent(nowMs: number): void {
    for (const span of this.#spans) span.firstEvent?.(nowMs)
  }

  endpointLimit(limit: number): void {
    for (const span of this.#spans) span.endpointLimit?.(limit)
  }

  ended(attempt: AttemptEnd): void {
    for (const span of this.#spans) span.ended(attempt)
  }
}
