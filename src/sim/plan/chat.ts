// The response of the simulated model to a chat request: the same for the same model, messages and seed, on every server.
import { type Answer, type AnswerLimits, fixedAnswer, mixSeed, proseAnswer } from '../text/answer.ts'
import { hashText, type ScannedPrompt, scanText } from '../text/tokens.ts'
import { invalidField } from '../wire/errors.ts'
import { type Fields, readFlag } from '../wire/fields.ts'
import { type Message, readMessages } from '../wire/messages.ts'
import { readSampling } from '../wire/sampling.ts'
import { readTools, type Tool } from '../wire/tools.ts'
import { type ChoicePlan, type Plan, type PlanContext, roomFor } from './plan.ts'
import { readReasoningSentences, withReasoning } from './reasoning.ts'
import type { Script } from './script.ts'
import { planTurn, scriptedTurn } from './scripted-turn.ts'
import { readStructured } from './structured.ts'
import { planCalls, toolsToCall } from './tool-calls.ts'

const NONE: readonly Script[] = []

/** Plans the complete response to the body of a chat request. Throws SimError. */
export function planChat(body: Fields, context: PlanContext): Plan {
  const sampling = readSampling(body)
  const { messages, partial } = splitPartial(body, readMessages(body))
  const conversation = messages.map((message) => message.rendered).join('')
  const conversationPrompt = scanText(conversation, context.blockTokens)
  const prompt = withToolsAndPartial(conversationPrompt, body['tools'], conversation, partial, context)
  const maxTokens = roomFor(prompt, sampling.maxTokens, context)
  const turn = scriptedTurn(context.scripts ?? NONE, messages)
  const shown = turn && context.hidesReasoning ? { ...turn, reasoning: '' } : turn
  const scripted = shown && planTurn(shown, toolsOf(body), maxTokens)
  if (scripted) return { prompts: [prompt], sampling, choices: Array.from({ length: sampling.n }, () => scripted) }
  const answer = answerBySeed(body, messages, partial, { ...sampling, maxTokens })
  const sentences = partial === '' && !context.hidesReasoning ? readReasoningSentences(body) : 0 // a partial answer comes after its reasoning
  const seed = mixSeed(mixSeed(conversationPrompt.hash, hashText(context.model)), sampling.seed)
  const choices = Array.from({ length: sampling.n }, (_, index) => {
    const own = index === 0 ? seed : mixSeed(seed, index)
    return withReasoning(answer(own), sentences, own, maxTokens)
  })
  return { prompts: [prompt], sampling, choices }
}

/** The prompt for the engine. As in vLLM's templates, the tools come first. The response text depends on the messages only. */
function withToolsAndPartial(
  conversationPrompt: ScannedPrompt,
  tools: unknown,
  conversation: string,
  partial: string,
  context: PlanContext,
) {
  if (!Array.isArray(tools) && partial === '') return conversationPrompt
  const heading = Array.isArray(tools) ? `<|tools|>\n${JSON.stringify(tools)}<|end|>\n` : ''
  return scanText(heading + conversation + partial, context.blockTokens)
}

/** Returns a function from seed to response: tool calls, JSON or prose. */
function answerBySeed(
  body: Fields,
  messages: readonly Message[],
  partial: string,
  limits: AnswerLimits,
): (seed: number) => ChoicePlan {
  const tools = toolsToCall(readTools(body), messages)
  if (tools.length > 0) return (seed) => planCalls(tools, seed, limits.maxTokens)
  const json = readStructured(body)
  if (json) return (seed) => asChoice(fixedAnswer(json(seed), partial, limits))
  return (seed) => asChoice(proseAnswer(seed, partial, limits))
}

const asChoice = ({ pieces, finishReason, stopReason }: Answer): ChoicePlan => ({
  prompt: 0,
  deltas: pieces,
  finishReason,
  stopReason,
})

/** vLLM's `continue_final_message`: the last message is the beginning of the answer, not a turn of its own. */
function splitPartial(body: Fields, messages: readonly Message[]): { messages: readonly Message[]; partial: string } {
  const last = messages.at(-1)!
  if (readFlag(body, 'continue_final_message') && body['add_generation_prompt'] !== false) {
    // vLLM adds a generation prompt by default, and rejects a request for both.
    invalidField(
      'continue_final_message',
      'Cannot set both `continue_final_message` and `add_generation_prompt` to True.',
    )
  }
  if (!readFlag(body, 'continue_final_message') || last.role !== 'assistant') return { messages, partial: '' }
  return { messages: messages.slice(0, -1), partial: last.text }
}

/** The tools that the model may call. */
function toolsOf(body: Fields): readonly Tool[] {
  const { tools, choice } = readTools(body)
  return choice === 'none' ? [] : tools
}
