import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../install.ts'
import { CODEX_MODEL } from '../world.ts'
import type { Program, Start } from './program.ts'

const binary = () => installed('.bin', 'codex')

/** More than its instructions and tools have, less than these with the first task. */
const COMPACT_TOKENS = 20_000

export const codex: Program = {
  name: 'Codex',
  // It offers its freeform tools to models that it knows by name.
  model: CODEX_MODEL,
  compaction: { asksFor: 'CONTEXT CHECKPOINT COMPACTION' },
  call(step) {
    switch (step.do) {
      case 'read':
        return { name: 'exec_command', arguments: { cmd: `cat ${step.file}` } }
      case 'look':
        return { name: 'view_image', arguments: { path: step.file } }
      case 'write':
        return { name: 'apply_patch', arguments: { input: patchOf(step.file, step.content) } }
      case 'shell':
        return { name: 'exec_command', arguments: { cmd: step.command } }
      case 'mcp':
        return { name: '*lookup', arguments: step.arguments }
    }
  },
  launch(start) {
    writeConfig(start)
    const { prompt, continues, compacts } = start
    const options = ['--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox']
    if (compacts) options.push('-c', `model_auto_compact_token_limit=${COMPACT_TOKENS}`)
    return {
      command: [binary(), 'exec', ...(continues ? ['resume', '--last'] : []), ...options, prompt],
      environment: { SLUICE_MASTER_KEY: start.key },
    }
  },
}

/** For a model that it knows, Codex hides the tools of MCP servers until the model has searched for them. */
export const searchingCodex: Program = {
  ...codex,
  name: 'Codex, searching',
  onlyScenario: 'mcp',
  mcpModel: CODEX_MODEL,
  mcpSearch: { name: 'tool_search', arguments: { query: 'lookup secret word' } },
}

/** As docs/translation.md shows it. */
function writeConfig({ home, url, model, mcp }: Start): void {
  mkdirSync(join(home, '.codex'), { recursive: true })
  const [command, ...args] = mcp ?? []
  const lines = [
    `model = "${model}"`,
    'model_provider = "sluice"',
    '[model_providers.sluice]',
    'name = "Sluice"',
    `base_url = "${url}/v1"`,
    'env_key = "SLUICE_MASTER_KEY"',
    'wire_api = "responses"',
    ...(command === undefined
      ? []
      : ['[mcp_servers.house]', `command = "${command}"`, `args = ${JSON.stringify(args)}`]),
  ]
  writeFileSync(join(home, '.codex/config.toml'), `${lines.join('\n')}\n`)
}

const patchOf = (file: string, content: string): string =>
  [
    '*** Begin Patch',
    `*** Add File: ${file}`,
    ...content
      .trimEnd()
      .split('\n')
      .map((line) => `+${line}`),
    '*** End Patch',
  ].join('\n')
