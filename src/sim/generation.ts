// Runs one request through the engine: every choice of the plan is a sequence of its own.
import type { Sequence } from './engine/engine.ts'
import { observe } from './metrics.ts'
import { type ChoicePlan, isReasoning, outputTokens, type Plan } from './plan/plan.ts'
import type { Listener } from './runner.ts'
import type { ServerState } from './server-state.ts'
import type { Usage } from './plan/chunks.ts'

export interface GenerationEvents {
  /** Token `at`, counting from 0, of this choice. */
  token(index: number, choice: ChoicePlan, at: number, last: boolean): void
  /** Every choice has ended. */
  end(): void
  /** The client disconnected; there are no more events. */
  abort(): void
}

export interface Generation {
  /** Tokens so far. */
  usage(): Usage
}

/** Submits a plan. All events are called later, none during this call. */
export function startGeneration(
  state: ServerState,
  plan: Plan,
  signal: AbortSignal,
  events: GenerationEvents,
): Generation {
  const { runner, metrics } = state
  let open = plan.choices.length
  const submit = (choice: ChoicePlan, index: number): Sequence<Listener> => {
    const prompt = plan.prompts[choice.prompt]!
    const startMs = runner.now()
    let previousMs = startMs
    const token = (sequence: Sequence<Listener>, atMs: number) => {
      const last = sequence.generatedTokens === sequence.outputTokens
      observe(sequence.generatedTokens === 1 ? metrics.ttft : metrics.interToken, Math.max(0, atMs - previousMs) / 1000)
      previousMs = atMs
      metrics.generationTokens++
      if (last) metrics.finished[choice.finishReason === 'length' ? 'length' : 'stop']++
      events.token(index, choice, sequence.generatedTokens - 1, last)
      if (last && --open === 0) events.end()
    }
    metrics.promptTokens += prompt.tokens
    return runner.submit({
      promptTokens: prompt.tokens,
      outputTokens: outputTokens(choice),
      blockKeys: prompt.blockKeys,
      tag: { token },
    })
  }
  const sequences = plan.choices.map(submit)
  const onAbort = () => {
    for (const sequence of sequences) runner.cancel(sequence)
    metrics.finished.abort += open
    metrics.disconnects++
    events.abort()
  }
  // A client may disconnect while its body is still being read.
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return { usage: () => usageOf(plan, sequences) }
}

function usageOf(plan: Plan, sequences: readonly Sequence<Listener>[]): Usage {
  const firstOf = (at: number) => sequences[plan.choices.findIndex(({ prompt }) => prompt === at)]!
  const prompts = plan.prompts.reduce((sum, prompt) => sum + prompt.tokens, 0)
  // A continuation without remaining text takes one step of the engine, but is not a token: its text was counted before.
  const completion = sequences.reduce(
    (sum, { generatedTokens }, at) => sum + Math.min(generatedTokens, plan.choices[at]!.deltas.length),
    0,
  )
  const cached = plan.prompts.reduce((sum, _, at) => sum + firstOf(at).cachedTokens, 0)
  const reasoning = sequences.reduce(
    (sum, { generatedTokens }, at) => sum + reasoningTokens(plan.choices[at]!, generatedTokens),
    0,
  )
  return {
    prompt_tokens: prompts,
    total_tokens: prompts + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached },
    ...(reasoning > 0 && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  }
}

/** How many of the first `tokens` are reasoning. Reasoning comes first. */
const reasoningTokens = ({ deltas }: ChoicePlan, tokens: number): number => {
  const firstText = deltas.findIndex((delta) => !isReasoning(delta))
  return Math.min(tokens, firstText === -1 ? deltas.length : firstText)
}
