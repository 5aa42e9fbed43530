import type { ChatRequest, FunctionTool, JsonSchema, Tool } from '../../../chat/request.ts'
import { type Fields, isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import { unsupported } from '../../fields/unsupported.ts'
import { originalOf, withOriginal } from '../../fields/originals.ts'
import type { GeminiModel } from '../models.ts'
import { protoObjects } from '../proto.ts'
import { readSchema } from './read-schema.ts'
import { toOpenApi } from './schema.ts'

/** A schema as the client wrote it: the field's name and its value. */
interface SchemaSource {
  readonly field: string
  readonly value: unknown
}

const isSchemaSource = (value: unknown): value is SchemaSource => isRecord(value) && 'field' in value

/** Reads tools: one canonical tool for each function and for each of Google's own tools. */
export const decodeTools = (body: Fields): Tool[] => (protoObjects(body, 'tools') ?? []).flatMap(decodeTool)

function decodeTool(tool: Fields): Tool[] {
  const functions = (protoObjects(tool, 'functionDeclarations') ?? []).map(decodeFunction)
  const own = Object.entries(tool.rest() ?? {}).map(([kind, value]): Tool => ({
    type: 'native',
    format: 'gemini',
    kind,
    value: { [kind]: value },
  }))
  return [...functions, ...own]
}

function decodeFunction(fields: Fields): FunctionTool {
  const description = fields.string('description')
  const parameters = decodeSchema(fields, 'parameters', 'parametersJsonSchema')
  return {
    type: 'function',
    name: fields.requiredString('name'),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...fields.extra(),
  }
}

/** Reads a schema that is in one of several fields: `openApi` has the subset of OpenAPI, `jsonSchema` JSON Schema. */
export function decodeSchema(
  fields: Fields,
  openApi: string,
  ...jsonSchema: readonly string[]
): JsonSchema | undefined {
  const subset = fields.record(openApi)
  if (subset) return withOriginal(readSchema(subset), { field: openApi, value: subset } satisfies SchemaSource)
  for (const field of jsonSchema) {
    const value = fields.record(field)
    if (value) return withOriginal({ ...value }, { field, value } satisfies SchemaSource)
  }
  return undefined
}

/** `names`: the field names of the two forms of a schema, the subset's first. */
export function encodeSchema(
  schema: JsonSchema,
  names: readonly [openApi: string, jsonSchema: string],
  model: GeminiModel,
  path: string,
  losses: Losses,
): Record<string, unknown> {
  const original = originalOf(schema)
  if (isSchemaSource(original)) return { [original.field]: original.value }
  if (model.supportsJsonSchema) return { [names[1]]: schema }
  return { [names[0]]: toOpenApi(schema, path, losses) }
}

/** Writes tools. All functions go into one tool, at the position of the first. */
export function encodeTools(request: ChatRequest, model: GeminiModel, losses: Losses): Record<string, unknown>[] {
  const tools: Record<string, unknown>[] = []
  const functions: unknown[] = []
  for (const [index, tool] of request.tools.entries()) {
    const path = `tools[${index}]`
    if (tool.type === 'native') {
      if (tool.format !== 'gemini') throw unsupported(path, `Gemini has no equivalent of the tool ${tool.kind}`)
      tools.push(tool.value as Record<string, unknown>)
    } else {
      if (functions.length === 0) tools.push({ functionDeclarations: functions })
      functions.push(encodeFunction(request, tool, model, path, losses))
    }
  }
  return tools
}

/** Source: https://ai.google.dev/api/caching#FunctionDeclaration */
const NAME = /^[a-zA-Z_][\w.:-]{0,127}$/

function encodeFunction(
  request: ChatRequest,
  { name, description, parameters, strict, cache, extra }: FunctionTool,
  model: GeminiModel,
  path: string,
  losses: Losses,
): Record<string, unknown> {
  const isOwn = request.format === 'gemini'
  if (!isOwn && !NAME.test(name))
    throw unsupported(
      path,
      `Gemini requires tool names of a letter or _ and up to 127 letters, digits, _ . : and -, not "${name}"`,
    )
  if (strict) losses.note(`${path}.strict`, 'removed: Gemini does not enforce the schema of arguments')
  if (cache) losses.note(`${path}.cache_control`, 'removed: Gemini caches automatically')
  const hasParameters = parameters && (isOwn || !isEmptyObject(parameters))
  return {
    name,
    ...(description !== undefined && { description }),
    ...(hasParameters &&
      encodeSchema(parameters, ['parameters', 'parametersJsonSchema'], model, `${path}.parameters`, losses)),
    ...(isOwn && extra),
  }
}

/** An object without properties. Older models reject it, and it means the same as no schema. */
const isEmptyObject = ({ properties = {}, anyOf, oneOf, allOf, $ref }: JsonSchema): boolean =>
  isRecord(properties) && Object.keys(properties).length === 0 && !anyOf && !oneOf && !allOf && !$ref
