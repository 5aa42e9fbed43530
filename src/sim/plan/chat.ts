// What the simulated model answers to a chat request: the same for the same model, messages and seed, on every server.
import { type Answer, type AnswerLimits, mixSeed, proseAnswer } from '../text/answer.ts'
import { hashText, scanText } from '../text/tokens.ts'
import { type Fields, readFlag } from '../wire/fields.ts'
import { type Message, readMessages } from '../wire/messages.ts'
import { readSampling } from '../wire/sampling.ts'
import { type ChoicePlan, type Plan, type PlanContext, roomFor } from './plan.ts'

/** The whole answer to the body of a chat request. Throws SimError. */
export function planChat(body: Fields, context: PlanContext): Plan {
  const sampling = readSampling(body)
  const { messages, partial } = splitPartial(body, readMessages(body))
  const conversation = messages.map((message) => message.rendered).join('')
  const said = scanText(conversation, context.blockTokens)
  const heading = JSON.stringify(body['tools'] ?? null)
  const prompt =
    heading === 'null' && partial === '' ? said : scanText(heading + conversation + partial, context.blockTokens)
  const limits: AnswerLimits = { ...sampling, maxTokens: roomFor(prompt, sampling.maxTokens, context) }
  const seed = mixSeed(mixSeed(said.hash, hashText(context.model)), sampling.seed)
  const choices = Array.from({ length: sampling.n }, (_, index) =>
    planChoice(index === 0 ? seed : mixSeed(seed, index), partial, limits),
  )
  return { prompts: [prompt], sampling, choices }
}

const planChoice = (seed: number, partial: string, limits: AnswerLimits): ChoicePlan =>
  asChoice(proseAnswer(seed, partial, limits))

const asChoice = ({ pieces, finishReason, stopReason }: Answer): ChoicePlan => ({
  prompt: 0,
  deltas: pieces,
  finishReason,
  stopReason,
})

/** vLLM's `continue_final_message`: the last message is the beginning of the answer, not a turn of its own. */
function splitPartial(body: Fields, messages: readonly Message[]): { messages: readonly Message[]; partial: string } {
  const last = messages.at(-1)!
  if (!readFlag(body, 'continue_final_message') || last.role !== 'assistant') return { messages, partial: '' }
  return { messages: messages.slice(0, -1), partial: last.text }
}
