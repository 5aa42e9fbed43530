import type { JsonObject } from '../../codecs/json/object.ts'
import type { Api } from '../../formats/apis/api.ts'
import { type Envelope, readRequest } from '../../formats/envelope/read-request.ts'
import { isRecord } from '../../formats/fields/fields.ts'
import { fitInstructions, mayNeedFitting } from '../../formats/openai-shared/instructions.ts'
import { mayHaveCutArguments, withObjectArguments } from '../../formats/openai-shared/readable-arguments.ts'
import { mayHaveFields, withoutMessageFields } from '../../formats/openai-shared/message-fields.ts'
import type { ToolNames } from '../../formats/translation/tool-names.ts'
import { wholeFormat } from '../../formats/whole-formats.ts'
import { parseBody } from '../call/parse-body.ts'
import { jsonBytes, type TranslationTarget } from './translate-request.ts'

export interface UpstreamBody {
  readonly body: Uint8Array<ArrayBuffer>
  readonly envelope: Envelope
  /** Undefined if the client's own bytes are sent. */
  readonly names: ToolNames | undefined
  /** Sequences at which Sluice ends the response itself. */
  readonly cutsAt?: readonly string[]
}

/**
 * The client's own bytes. Some formats repeat the model inside the body; there it gets the upstream's name too. A
 * conversation changes if the provider lacks a feature that it uses.
 */
export function directBody(
  { body, envelope }: Pick<UpstreamBody, 'body' | 'envelope'>,
  api: Api,
  { type, model, warnings }: TranslationTarget,
): UpstreamBody {
  const withModel = wholeFormat(api.name)?.withModel
  if (withModel) return rewritten(withModel(parseBody(body), model), api)
  const inner = envelope.members.find(({ key }) => api.modelIn?.includes(key))
  if (inner) return rewritten(withInnerModel(parseBody(body) as JsonObject, inner.key, model), api)
  if (api.operation !== 'chat') return { body, envelope, names: undefined }
  const dropped = api.format === 'openai-chat' ? type.dropsInMessages : []
  const isCut = type.lacks.has('unreadable-arguments') && mayHaveCutArguments(body)
  if (!isCut && !mayNeedFitting(body, type.lacks) && !mayHaveFields(body, dropped))
    return { body, envelope, names: undefined }
  const parsed = parseBody(body) as JsonObject
  const bare = withoutMessageFields(parsed, dropped, (field) =>
    warnings.add(`${field}: removed: ${type.name} rejects it`),
  )
  const read = isCut ? withObjectArguments(bare, (path, what) => warnings.add(`${path}: ${what}`)) : bare
  const fitted = fitInstructions(read, api.format, type.lacks)
  return fitted === parsed ? { body, envelope, names: undefined } : rewritten(fitted, api)
}

const withInnerModel = (body: JsonObject, key: string, model: string): JsonObject =>
  isRecord(body[key]) && 'model' in body[key] ? { ...body, [key]: { ...body[key], model: `models/${model}` } } : body

function rewritten(value: unknown, api: Api): UpstreamBody {
  const body = jsonBytes(value)
  return { body, envelope: readRequest(body, api), names: undefined }
}
