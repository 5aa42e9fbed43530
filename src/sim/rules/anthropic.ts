// What Anthropic's Messages refuses.
// Sources: Anthropic's API reference and the messages of its errors in public reports.
import type { Fields } from '../wire/fields.ts'
import { checkClaudeMessages, checkSystem } from './anthropic-messages.ts'
import { checkThinking } from './anthropic-thinking.ts'
import { claudeVersion } from './models.ts'
import {
  checkForced,
  checkKnown,
  checkRange,
  checkToolNames,
  fieldsOf,
  isBlank,
  isGiven,
  listOf,
  type NamedTool,
  type Report,
  textOf,
  wordSet,
} from './report.ts'
import { checkClaudeAnswer, checkClaudeParameters } from './schemas.ts'

const KNOWN = wordSet(`
  max_tokens messages model cache_control container context_management diagnostics inference_geo mcp_servers
  metadata output_config output_format service_tier speed stop_sequences stream system temperature thinking
  thread tool_choice tools top_k top_p user_profile_id workspace_id betas
`)

const NAME = /^[a-zA-Z0-9_-]{1,128}$/

export function checkAnthropic(report: Report, body: Fields): void {
  checkKnown(report, '', body, KNOWN)
  checkControls(report, body)
  checkTools(report, body)
  checkSystem(report, body['system'])
  checkClaudeMessages(report, body)
  checkThinking(report, body)
  if (cacheMarks(body) > 4) report('cache_control', 'at most 4 blocks may have cache_control')
  const { format } = fieldsOf(body['output_config'])
  const { type, schema } = fieldsOf(format)
  if (type === 'json_schema') checkClaudeAnswer(report, 'output_config.format.schema', schema)
}

function checkControls(report: Report, body: Fields): void {
  const model = textOf(body['model'])
  if (model === '') report('model', 'is missing')
  if (typeof body['max_tokens'] !== 'number') report('max_tokens', 'is missing')
  checkRange(report, 'max_tokens', body['max_tokens'], 0)
  checkRange(report, 'temperature', body['temperature'], 0, 1)
  checkRange(report, 'top_p', body['top_p'], -1, 1) // -1 was taken as absent in recorded traffic
  if (listOf(body['stop_sequences']).some((text) => isBlank(text)))
    report('stop_sequences', 'each stop sequence must contain non-whitespace')
  for (const name of Object.keys(fieldsOf(body['metadata'])))
    if (name !== 'user_id') report(`metadata.${name}`, 'unknown field')
  const version = claudeVersion(model)
  if (version >= 401 && isGiven(body, 'temperature') && isGiven(body, 'top_p'))
    report('temperature', 'not together with top_p for this model')
  if (version >= 407)
    for (const name of ['temperature', 'top_p', 'top_k'])
      if (isGiven(body, name)) report(name, 'unsupported by this model')
}

function checkTools(report: Report, body: Fields): void {
  const named = listOf(body['tools']).map((tool, index): NamedTool => {
    const { type, name, input_schema: schema } = fieldsOf(tool)
    if (type === undefined || type === null || type === 'custom')
      checkClaudeParameters(report, `tools[${index}].input_schema`, schema)
    return { name: type === 'mcp_toolset' ? `mcp_toolset_${index}` : name, place: `tools[${index}].name` }
  })
  checkToolNames(report, named, NAME)
  if (!isGiven(body, 'tool_choice')) return
  const { type, name } = fieldsOf(body['tool_choice'])
  if (named.length === 0) return report('tool_choice', 'may only be specified while providing tools')
  if (!['auto', 'any', 'tool', 'none'].includes(textOf(type)))
    report('tool_choice.type', 'must be auto, any, tool or none')
  if (type === 'tool') checkForced(report, 'tool_choice', name, named)
}

/** Counts the marks of the system prompt, the tools and the blocks of messages, those in tool results included. */
function cacheMarks(body: Fields): number {
  const blocks = [
    ...listOf(body['system']),
    ...listOf(body['tools']),
    ...listOf(body['messages']).flatMap((message) => listOf(fieldsOf(message)['content'])),
  ]
  const inner = blocks.flatMap((block) => listOf(fieldsOf(block)['content']))
  const top = isGiven(body, 'cache_control') ? 1 : 0
  return top + [...blocks, ...inner].filter((block) => isGiven(fieldsOf(block), 'cache_control')).length
}
