import type { ChatRequest, JsonSchema, Message, ReasoningControl } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { noteExtras, withExtra } from '../translation/extras.ts'
import type { Target } from '../format.ts'
import type { Losses } from '../translation/losses.ts'
import { originalOf } from '../fields/originals.ts'
import { partPath } from '../fields/request-paths.ts'
import {
  encodeMetadata,
  encodeOutput,
  encodeSampling,
  encodeStop,
  encodeTier,
  maxTokensFor,
  noteLacking,
  textFormatOf,
} from './encode-controls.ts'
import { claudeModel } from '../claude/models.ts'
import { type BlockContext, encodePart } from './encode-blocks.ts'
import { contextFor, encodeMessages } from './encode-messages.ts'
import { encodeThinking } from './encode-thinking.ts'
import { encodeForeignTools, encodeOwnTools } from './encode-tools.ts'
import { type ConverseModel, converseModel } from './models.ts'
import { CONVERSE } from './name.ts'

/**
 * The body of a Converse request; model and stream are in its path. A request of this language comes back as it was. Throws
 * GatewayError `unsupported_parameter` or `invalid_request`, naming the field.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const encodeRequest = (request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> =>
  request.format === CONVERSE ? encodeOwn(request, losses) : encodeForeign(request, target, losses)

function encodeOwn(request: ChatRequest, losses: Losses): Record<string, unknown> {
  const { sampling, stop, tier, metadata, reasoning, output } = request
  const context = contextFor(true, converseModel(''), losses)
  const contents = request.messages.map((message, index) => encodeMessage(request, message, index, context))
  const isApart = request.messages[0]?.role === 'system'
  const { toolConfig, ...choice } = encodeOwnTools(request, context)
  const outputConfig = {
    textFormat: output?.type === 'json-schema' ? textFormatOf(output, textIn(output.schema)) : undefined,
    effort: reasoning?.effort,
  }
  const body = {
    system: isApart ? contents[0]!['content'] : undefined,
    messages: isApart ? contents.slice(1) : contents,
    inferenceConfig: filled({
      maxTokens: request.maxOutput,
      temperature: sampling.temperature,
      topP: sampling.topP,
      stopSequences: stop.length > 0 ? stop : undefined,
    }),
    toolConfig,
    additionalModelRequestFields: filled({
      thinking: reasoning && ownThinking(reasoning),
      top_k: sampling.topK,
      ...choice,
    }),
    outputConfig: filled(outputConfig),
    requestMetadata: metadata,
    serviceTier: tier === undefined ? undefined : { type: tier },
  }
  return withExtra(defined(body), request.extra) as Record<string, unknown>
}

function encodeMessage(
  request: ChatRequest,
  { role, parts, extra }: Message,
  index: number,
  context: BlockContext,
): Readonly<Record<string, unknown>> {
  const content = parts.flatMap((part, at) => encodePart(part, partPath(request, index, at), context))
  return withExtra({ role, content }, extra)
}

/** As the client wrote it. */
const textIn = (schema: JsonSchema): string | undefined => originalOf(schema) as string | undefined

const ownThinking = ({ mode, budgetTokens, summary }: ReasoningControl): object | undefined =>
  mode && {
    type: { on: 'enabled', off: 'disabled', adaptive: 'adaptive' }[mode],
    budget_tokens: budgetTokens,
    display: summary && (summary === 'none' ? 'omitted' : 'summarized'),
  }

/** Undefined for an object of which nothing is said. */
const filled = (given: object): object | undefined => {
  const fields = defined(given)
  return Object.keys(fields).length > 0 ? fields : undefined
}

function encodeForeign(request: ChatRequest, target: Target, losses: Losses): Record<string, unknown> {
  const name = target.baseModel
  const model = converseModel(name)
  noteExtras(request, 'Bedrock', losses)
  noteLacking(request, losses)
  const maxTokens = maxTokensFor(request, model, name, losses)
  const { system, messages, conversation } = encodeMessages(request, model, takesPrefill(target, model), losses)
  const thinking = encodeThinking(request, model, name, maxTokens ?? 0, conversation, losses)
  const { own, ...sampling } = encodeSampling(request, model, name, thinking.isOn, losses)
  const { toolConfig, ...choice } = encodeForeignTools(request, contextFor(false, model, losses))
  const { instruction, textFormat } = encodeOutput(request, model, name, losses)
  const stopSequences = encodeStop(request, losses)
  return defined({
    system: instruction ? [...(system ?? []), instruction] : system,
    messages,
    inferenceConfig: filled({ maxTokens, ...sampling, stopSequences }),
    toolConfig,
    additionalModelRequestFields: filled({ ...thinking.own, ...own, ...choice }),
    additionalModelResponseFieldPaths: model.family === 'claude' && stopSequences ? SEQUENCE_PATHS : undefined,
    outputConfig: filled({ textFormat, effort: thinking.effort }),
    requestMetadata: encodeMetadata(request, losses),
    serviceTier: encodeTier(request, losses),
  })
}

/** Where Claude says which sequence ended its answer, whole and streamed; what is not there Bedrock passes over. */
const SEQUENCE_PATHS = ['/stop_sequence', '/delta/stop_sequence']

const takesPrefill = ({ baseModel, capabilities }: Target, { family }: ConverseModel): boolean =>
  capabilities.has('prefill') || (family === 'claude' && claudeModel(baseModel).takesPrefill)
