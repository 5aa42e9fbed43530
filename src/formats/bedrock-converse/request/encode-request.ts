import type { ChatRequest, JsonSchema, Message, ReasoningControl } from '../../../chat/request.ts'
import { defined } from '../../fields/defined.ts'
import { noteExtras, withExtra } from '../../translation/extras.ts'
import type { Target } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { originalOf } from '../../fields/originals.ts'
import { partPath } from '../../fields/request-paths.ts'
import {
  encodeMetadata,
  encodeOutput,
  encodeSampling,
  encodeStop,
  encodeTier,
  maxTokensFor,
  noteUnsupported,
  textFormatOf,
} from './encode-controls.ts'
import { claudeModel } from '../../claude/models.ts'
import { type BlockContext, encodePart } from '../content/encode-blocks.ts'
import { alternating, contextFor, encodeMessages } from './encode-messages.ts'
import { encodeThinking } from './encode-thinking.ts'
import { encodeTranslatedTools, encodeOwnTools } from './encode-tools.ts'
import { type ConverseModel, converseModel } from '../models.ts'
import { CONVERSE } from '../name.ts'

/**
 * The body of a Converse request; the path has the model and whether to stream. A request in the Converse format is
 * written unchanged, except for reasoning of other providers. Throws GatewayError `unsupported_parameter` or
 * `invalid_request` with the field's name.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const encodeRequest = (request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> =>
  request.format === CONVERSE ? encodeOwn(request, target, losses) : encodeTranslated(request, target, losses)

function encodeOwn(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const { sampling, stop, tier, metadata, reasoning, output } = request
  const context = contextFor(true, converseModel(target.baseModel), losses)
  const contents = request.messages.map((message, index) => encodeMessage(request, message, index, context))
  const first = request.messages[0]?.role === 'system' ? 1 : 0
  const { toolConfig, ...choice } = encodeOwnTools(request, context)
  const outputConfig = {
    textFormat: output?.type === 'json-schema' ? textFormatOf(output, textIn(output.schema)) : undefined,
    effort: reasoning?.effort,
  }
  const body = {
    system: first === 1 ? contents[0]!.content : undefined,
    messages: withoutEmptied(request.messages.slice(first), contents.slice(first)),
    inferenceConfig: nonEmpty({
      maxTokens: request.maxOutput,
      temperature: sampling.temperature,
      topP: sampling.topP,
      stopSequences: stop.length > 0 ? stop : undefined,
    }),
    toolConfig,
    additionalModelRequestFields: nonEmpty({
      thinking: reasoning && ownThinking(reasoning),
      top_k: sampling.topK,
      ...choice,
    }),
    outputConfig: nonEmpty(outputConfig),
    requestMetadata: metadata,
    serviceTier: tier === undefined ? undefined : { type: tier },
  }
  return withExtra(defined(body), request.extra) as Record<string, unknown>
}

interface OwnMessage {
  readonly role: string
  readonly content: readonly object[]
}

function encodeMessage(
  request: ChatRequest,
  { role, parts, extra }: Message,
  index: number,
  context: BlockContext,
): OwnMessage {
  const content = parts.flatMap((part, at) => encodePart(part, partPath(request, index, at), context))
  return { ...withExtra({ role, content }, extra), role, content }
}

/** The messages without those of which nothing is left. Then neighbours of one role are one message. */
const withoutEmptied = (messages: readonly Message[], written: readonly OwnMessage[]): readonly OwnMessage[] =>
  written.some(({ content }, index) => content.length === 0 && messages[index]!.parts.length > 0)
    ? alternating(written)
    : written

/** The schema's text as the client wrote it. */
const textIn = (schema: JsonSchema): string | undefined => originalOf(schema) as string | undefined

const ownThinking = ({ mode, budgetTokens, summary }: ReasoningControl): object | undefined =>
  mode && {
    type: { on: 'enabled', off: 'disabled', adaptive: 'adaptive' }[mode],
    budget_tokens: budgetTokens,
    display: summary && (summary === 'none' ? 'omitted' : 'summarized'),
  }

/** The object without undefined fields; undefined: it is empty. */
const nonEmpty = (given: object): object | undefined => {
  const fields = defined(given)
  return Object.keys(fields).length > 0 ? fields : undefined
}

function encodeTranslated(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const name = target.baseModel
  const model = converseModel(name)
  noteExtras(request, 'Bedrock', losses)
  noteUnsupported(request, losses)
  const maxTokens = maxTokensFor(request, model, name, losses)
  const { system, messages, conversation } = encodeMessages(request, model, takesPrefill(target, model), losses)
  const thinking = encodeThinking(request, model, name, maxTokens ?? 0, conversation, losses)
  const { own, ...sampling } = encodeSampling(request, model, name, thinking.isOn, losses)
  const { toolConfig, ...choice } = encodeTranslatedTools(request, contextFor(false, model, losses))
  const { instruction, textFormat } = encodeOutput(request, model, name, losses)
  const stopSequences = encodeStop(request, losses)
  return defined({
    system: instruction ? [...(system ?? []), instruction] : system,
    messages,
    inferenceConfig: nonEmpty({ maxTokens, ...sampling, stopSequences }),
    toolConfig,
    additionalModelRequestFields: nonEmpty({ ...thinking.own, ...own, ...choice }),
    additionalModelResponseFieldPaths: model.family === 'claude' && stopSequences ? SEQUENCE_PATHS : undefined,
    outputConfig: nonEmpty({ textFormat, effort: thinking.effort }),
    requestMetadata: encodeMetadata(request, losses),
    serviceTier: encodeTier(request, losses),
  })
}

/**
 * Where Claude reports the matched stop sequence, in complete and in streamed responses. Bedrock ignores absent paths.
 */
const SEQUENCE_PATHS = ['/stop_sequence', '/delta/stop_sequence']

const takesPrefill = ({ baseModel, capabilities }: Target, { family }: ConverseModel): boolean =>
  capabilities.has('prefill') || (family === 'claude' && claudeModel(baseModel).takesPrefill)
