// The programs under test. They are no dependencies of Sluice: `npm run test:agents` installs them into a cache folder.

/** Packages of the npm registry with their pinned versions. */
export const PACKAGES: Readonly<Record<string, string>> = {
  '@anthropic-ai/claude-code': '2.1.332',
  '@google/gemini-cli': '0.61.0',
  '@openai/agents': '0.20.0',
  '@openai/codex': '0.171.0',
  '@qwen-code/qwen-code': '0.24.4',
  'opencode-ai': '1.18.33',
  // Two of the programs need a newer Node.js than the one that may be installed.
  [nodePackage()]: '24.22.3',
}

/** The package that holds the Node.js of this platform. */
export function nodePackage(): string {
  return `node-${process.platform}-${process.arch}`
}
