import type { ChatRequest, FunctionTool, JsonSchema } from '../../chat/request.ts'
import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'
import { listOf } from '../fields/values.ts'
import type { Losses } from '../translation/losses.ts'
import { everySchema, mapSchema } from '../translation/map-schema.ts'

/**
 * The request with tools that OpenAI's models accept: lists state their items, and only schemas in OpenAI's strict
 * subset are strict. Source: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export const withOpenaiSchemas = (request: ChatRequest, losses: Losses): ChatRequest =>
  withTools(request, (tool, path) => fitTool(tool, tool.parameters && withItems(tool.parameters), path, losses))

/**
 * The request with tools that are strict only by OpenAI's rules: other formats have wider ones, and servers of OpenAI's
 * API may check.
 */
export const withOpenaiStrictness = (request: ChatRequest, losses: Losses): ChatRequest =>
  withTools(request, (tool, path) => fitTool(tool, tool.parameters, path, losses))

function withTools(request: ChatRequest, fit: (tool: FunctionTool, path: string) => FunctionTool): ChatRequest {
  const tools = request.tools.map((tool, index) => (tool.type === 'function' ? fit(tool, `tools[${index}]`) : tool))
  return tools.every((tool, index) => tool === request.tools[index]) ? request : { ...request, tools }
}

function fitTool(tool: FunctionTool, parameters: JsonSchema | undefined, path: string, losses: Losses): FunctionTool {
  const isLoose = tool.strict === true && !isStrict(parameters ?? {})
  if (parameters === tool.parameters && !isLoose) return tool
  if (isLoose)
    losses.note(
      `${path}.strict`,
      'removed: OpenAI accepts strict schemas only if every object is closed and requires all its properties',
    )
  const { strict, ...rest } = tool
  return { ...rest, ...(parameters && { parameters }), ...(!isLoose && strict !== undefined && { strict }) }
}

/** A list without a schema of its items may have any; OpenAI wants to read that. */
const withItems = (schema: JsonSchema): JsonSchema =>
  mapSchema(schema, (each) =>
    each['type'] === 'array' && each['items'] === undefined && each['prefixItems'] === undefined
      ? { ...each, items: {} }
      : each,
  )

const NOT_STRICT = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
]

const isStrict = (schema: JsonObject): boolean =>
  everySchema(schema, (each, depth) => {
    if (depth === 0 && (each['type'] !== 'object' || each['anyOf'] !== undefined)) return false
    return !NOT_STRICT.some((keyword) => each[keyword] !== undefined) && (!isObject(each) || isClosed(each))
  })

const isObject = ({ type }: JsonObject): boolean =>
  type === 'object' || (Array.isArray(type) && type.includes('object'))

function isClosed({ properties, required, additionalProperties }: JsonObject): boolean {
  const names = new Set(listOf(required))
  const keys = isRecord(properties) ? Object.keys(properties) : []
  return additionalProperties === false && keys.every((key) => names.has(key))
}
