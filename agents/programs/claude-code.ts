import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../install.ts'
import type { Program } from './program.ts'

const binary = () => installed(`@anthropic-ai/claude-code-${process.platform}-${process.arch}`, 'claude')

export const claudeCode: Program = {
  name: 'Claude Code',
  // It offers tools of MCP servers only when the model has searched for them; the result is a `tool_reference`.
  mcpSearch: { name: 'ToolSearch', arguments: { query: 'select:mcp__house__lookup', max_results: 5 } },
  compaction: { asksFor: 'create a detailed summary of', prompt: '/compact', ownTurns: 1 },
  call(step, work) {
    switch (step.do) {
      case 'read':
      case 'look':
        return { name: 'Read', arguments: { file_path: join(work, step.file) } }
      case 'write':
        return { name: 'Write', arguments: { file_path: join(work, step.file), content: step.content } }
      case 'shell':
        return { name: 'Bash', arguments: { command: step.command, description: 'Run a command' } }
      case 'mcp':
        return { name: 'mcp__house__lookup', arguments: step.arguments }
    }
  },
  launch({ url, key, model, prompt, home, mcp, continues }) {
    const mcpFile = join(home, 'mcp.json')
    const [command = '', ...args] = mcp ?? []
    if (mcp) writeFileSync(mcpFile, JSON.stringify({ mcpServers: { house: { command, args } } }))
    return {
      command: [
        binary(),
        '-p',
        prompt,
        '--model',
        model,
        '--permission-mode',
        'bypassPermissions',
        ...(mcp ? ['--mcp-config', mcpFile] : []),
        ...(continues ? ['--continue'] : []),
      ],
      environment: {
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: key,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        IS_SANDBOX: '1',
      },
    }
  },
}
