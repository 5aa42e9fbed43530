import { join } from 'node:path'
import { mkdirSync, writeFileSync } from 'node:fs'
import { installed, nodeFolder } from '../install.ts'
import { geminiCli } from './gemini-cli.ts'
import type { Program } from './program.ts'

export const qwenCode: Program = {
  name: 'qwen-code',
  // It shows the tools of MCP servers to a model that searches for them, and takes their calls through a tool of its own.
  mcpSearch: { name: 'tool_search', arguments: { query: 'select:mcp__house__lookup' } },
  compaction: { asksFor: 'produce the <state_snapshot>', prompt: '/compress', ownTurns: 1 },
  call(step, work) {
    if (step.do === 'mcp')
      return { name: 'tool_call', arguments: { name: 'mcp__house__lookup', arguments: step.arguments } }
    const call = geminiCli.call(step, work)
    if (step.do !== 'shell' || !call) return call
    return { ...call, arguments: { command: step.command, is_background: false } }
  },
  launch({ url, key, model, prompt, home, mcp, continues }) {
    mkdirSync(join(home, '.qwen'), { recursive: true })
    const [command, ...args] = mcp ?? []
    const settings = command === undefined ? {} : { mcpServers: { house: { command, args, trust: true } } }
    writeFileSync(join(home, '.qwen/settings.json'), JSON.stringify(settings))
    return {
      command: [
        join(nodeFolder(), 'node'),
        installed('.bin', 'qwen'),
        '--auth-type',
        'openai',
        '-m',
        model,
        '--yolo',
        ...(continues ? ['--continue'] : []),
        prompt,
      ],
      environment: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
    }
  },
}
