import type { ChatRequest, FunctionTool, JsonSchema, Tool } from '../../chat/request.ts'
import { type Fields, isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'
import { originalOf, withOriginal } from '../fields/originals.ts'
import type { GeminiModel } from './models.ts'
import { protoObjects } from './proto.ts'
import { readSchema } from './read-schema.ts'
import { toOpenApi } from './schema.ts'

/** How a client wrote a schema: under which name, and in which words. */
interface Written {
  readonly field: string
  readonly value: unknown
}

const isWritten = (value: unknown): value is Written => isRecord(value) && 'field' in value

/** One canonical tool for each function, and one for each tool of Google's own. */
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

/** A schema that stands under either of two names: one for the subset of OpenAPI's, one for JSON Schema. */
export function decodeSchema(
  fields: Fields,
  listenForCalls: string,
  ...jsonSchema: readonly string[]
): JsonSchema | undefined {
  const subset = fields.record(listenForCalls)
  if (subset) return withOriginal(readSchema(subset), { field: listenForCalls, value: subset } satisfies Written)
  for (const field of jsonSchema) {
    const value = fields.record(field)
    if (value) return withOriginal({ ...value }, { field, value } satisfies Written)
  }
  return undefined
}

/** `names`: what the two forms of a schema are called here, the subset's first. */
export function encodeSchema(
  schema: JsonSchema,
  names: readonly [listenForCalls: string, jsonSchema: string],
  model: GeminiModel,
  path: string,
  losses: Losses,
): Record<string, unknown> {
  const original = originalOf(schema)
  if (isWritten(original)) return { [original.field]: original.value }
  if (model.takesJsonSchema) return { [names[1]]: schema }
  return { [names[0]]: toOpenApi(schema, path, losses) }
}

/** All functions are one tool, at the place of the first. */
export function encodeTools(request: ChatRequest, model: GeminiModel, losses: Losses): Record<string, unknown>[] {
  const tools: Record<string, unknown>[] = []
  const functions: unknown[] = []
  for (const [index, tool] of request.tools.entries()) {
    const path = `tools[${index}]`
    if (tool.type === 'native') {
      if (tool.format !== 'gemini') throw unsupported(path, `the tool "${tool.kind}" only exists in its own language`)
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
  if (!isOwn && !NAME.test(name)) throw unsupported(path, `Gemini takes no tool of the name "${name}"`)
  if (strict) losses.note(`${path}.strict`, 'removed: Gemini checks no arguments against the schema')
  if (cache) losses.note(`${path}.cache_control`, 'removed: Gemini caches by itself')
  const hasParameters = parameters && (isOwn || !isEmptyObject(parameters))
  return {
    name,
    ...(description !== undefined && { description }),
    ...(hasParameters &&
      encodeSchema(parameters, ['parameters', 'parametersJsonSchema'], model, `${path}.parameters`, losses)),
    ...(isOwn && extra),
  }
}

/** An object without properties is refused by older models, and says no more than no schema. */
const isEmptyObject = ({ properties = {}, anyOf, oneOf, allOf, $ref }: JsonSchema): boolean =>
  isRecord(properties) && Object.keys(properties).length === 0 && !anyOf && !oneOf && !allOf && !$ref
