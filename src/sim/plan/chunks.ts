// vLLM's stream events and whole answers, for chat and for completions.
import { callsOf, type ChoicePlan, type Delta, isReasoning, type Plan, reasoningOf, textOf } from './plan.ts'

export interface Usage {
  readonly prompt_tokens: number
  readonly total_tokens: number
  readonly completion_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens: number }
  readonly completion_tokens_details?: { readonly reasoning_tokens: number }
}

/** The fields that all events of one response share. */
export interface AnswerHead {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** Renders the events of one stream. Each is a complete `data:` event. */
export interface Chunks {
  /** The event before the first token of a choice; empty if the format has none. */
  opening(index: number): string
  delta(index: number, delta: Delta, ending?: ChoicePlan, usage?: Usage): string
  /** A separate finish event, for the model's end-of-text token. */
  finish(index: number, ending: ChoicePlan, usage?: Usage): string
  usage(usage: Usage): string
  whole(plan: Plan, usage: Usage): unknown
}

const endOf = (ending: ChoicePlan | undefined): string =>
  ending
    ? `"finish_reason":"${ending.finishReason}","stop_reason":${JSON.stringify(ending.stopReason)}}]`
    : '"finish_reason":null}]'

const tailOf = (usage: Usage | undefined): string => (usage ? `,"usage":${JSON.stringify(usage)}}\n\n` : '}\n\n')

/** Everything except the delta is rendered once per stream: a token costs one concatenation. */
const headOf = (object: string, { id, created, model }: AnswerHead): string =>
  `data: {"id":"${id}","object":"${object}","created":${created},"model":${JSON.stringify(model)},"choices":[`

export function createChatChunks(head: AnswerHead): Chunks {
  const prefix = headOf('chat.completion.chunk', head)
  const chunk = (index: number, delta: string, ending?: ChoicePlan, usage?: Usage) =>
    `${prefix}{"index":${index},"delta":${delta},"logprobs":null,${endOf(ending)}${tailOf(usage)}`
  return {
    opening: (index) => chunk(index, '{"role":"assistant","content":""}'),
    delta: (index, delta, ending, usage) => chunk(index, chatDelta(head.id, index, delta), ending, usage),
    finish: (index, ending, usage) =>
      chunk(index, ending.finishReason === 'tool_calls' ? '{}' : '{"content":""}', ending, usage),
    usage: (usage) => `${prefix}]${tailOf(usage)}`,
    whole: (plan, usage) => ({
      ...head,
      object: 'chat.completion',
      choices: plan.choices.map((choice, index) => wholeChatChoice(head.id, choice, index)),
      usage,
    }),
  }
}

const callId = (id: string, index: number, call: number): string => `chatcmpl-tool-${id.slice(-12)}${index}${call}`

function chatDelta(id: string, index: number, delta: Delta): string {
  if (typeof delta === 'string') return `{"content":${JSON.stringify(delta)}}`
  if (isReasoning(delta)) return `{"reasoning_content":${JSON.stringify(delta.reasoning)}}`
  const { call, name, argumentsDelta, id: given = callId(id, index, call) } = delta
  const piece =
    name === undefined
      ? { index: call, function: { arguments: argumentsDelta } }
      : { id: given, type: 'function', index: call, function: { name, arguments: argumentsDelta } }
  return `{"tool_calls":[${JSON.stringify(piece)}]}`
}

function wholeChatChoice(id: string, choice: ChoicePlan, index: number) {
  const reasoning = reasoningOf(choice)
  const calls = callsOf(choice).map(({ id: given, ...call }, at) => ({
    id: given ?? callId(id, index, at),
    type: 'function',
    function: call,
  }))
  return {
    index,
    message: {
      role: 'assistant',
      content: calls.length > 0 ? textOf(choice) || null : textOf(choice),
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      tool_calls: calls,
    },
    logprobs: null,
    finish_reason: choice.finishReason,
    stop_reason: choice.stopReason,
  }
}

export function createCompletionChunks(head: AnswerHead): Chunks {
  const prefix = headOf('text_completion', head)
  const chunk = (index: number, text: string, ending?: ChoicePlan, usage?: Usage) =>
    `${prefix}{"index":${index},"text":${JSON.stringify(text)},"logprobs":null,${endOf(ending)}${tailOf(usage)}`
  return {
    opening: () => '',
    delta: (index, delta, ending, usage) => chunk(index, typeof delta === 'string' ? delta : '', ending, usage),
    finish: (index, ending, usage) => chunk(index, '', ending, usage),
    usage: (usage) => `${prefix}]${tailOf(usage)}`,
    whole: (plan, usage) => ({
      ...head,
      object: 'text_completion',
      choices: plan.choices.map((choice, index) => ({
        index,
        text: textOf(choice),
        logprobs: null,
        finish_reason: choice.finishReason,
        stop_reason: choice.stopReason,
      })),
      usage,
    }),
  }
}
