import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed, nodeFolder } from '../install.ts'
import type { Program } from './program.ts'

export const geminiCli: Program = {
  name: 'Gemini CLI',
  call(step, work) {
    switch (step.do) {
      case 'read':
      case 'look':
        return { name: 'read_file', arguments: { file_path: join(work, step.file) } }
      case 'write':
        return { name: 'write_file', arguments: { file_path: join(work, step.file), content: step.content } }
      case 'shell':
        return { name: 'run_shell_command', arguments: { command: step.command, description: 'Run a command' } }
      case 'mcp':
        return { name: '*lookup', arguments: step.arguments }
    }
  },
  launch({ url, key, model, prompt, home, mcp, continues }) {
    mkdirSync(join(home, '.gemini'), { recursive: true })
    const [command, ...args] = mcp ?? []
    const settings = {
      security: { auth: { selectedType: 'gemini-api-key' } },
      ...(command !== undefined && { mcpServers: { house: { command, args, trust: true } } }),
    }
    writeFileSync(join(home, '.gemini/settings.json'), JSON.stringify(settings))
    return {
      command: [
        join(nodeFolder(), 'node'),
        installed('.bin', 'gemini'),
        '-m',
        model,
        '--yolo',
        '--skip-trust',
        '-p',
        prompt,
        ...(continues ? ['--resume', 'latest'] : []),
      ],
      environment: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key },
    }
  },
}
