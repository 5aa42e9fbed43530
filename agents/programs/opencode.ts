import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../install.ts'
import type { Program } from './program.ts'

const binary = () => installed(`opencode-${process.platform}-${process.arch}`, 'bin/opencode')

export const opencode: Program = {
  name: 'opencode',
  call(step, work) {
    switch (step.do) {
      case 'read':
      case 'look':
        return { name: 'read', arguments: { filePath: join(work, step.file) } }
      case 'write':
        return { name: 'write', arguments: { filePath: join(work, step.file), content: step.content } }
      case 'shell':
        return { name: 'bash', arguments: { command: step.command, description: 'Run a command' } }
      case 'mcp':
        return { name: 'house_lookup', arguments: step.arguments }
    }
  },
  launch({ url, key, model, prompt, work, mcp, continues }) {
    const limits = { limit: { context: 100_000, output: 8000 } }
    const config = {
      $schema: 'https://opencode.ai/config.json',
      provider: {
        sluice: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${url}/v1`, apiKey: '{env:SLUICE_MASTER_KEY}' },
          models: { [model]: { ...limits, modalities: { input: ['text', 'image'], output: ['text'] } } },
        },
      },
      permission: 'allow',
      autoupdate: false,
      share: 'disabled',
      ...(mcp && { mcp: { house: { type: 'local', command: mcp, enabled: true } } }),
    }
    writeFileSync(join(work, 'opencode.json'), JSON.stringify(config))
    return {
      command: [binary(), 'run', '--auto', '--model', `sluice/${model}`, ...(continues ? ['--continue'] : []), prompt],
      environment: {
        SLUICE_MASTER_KEY: key,
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
      },
    }
  },
}
