import { expect, test } from 'bun:test'
import type { Part } from '../../chat/part.ts'
import { sealCalls } from './call-seals.ts'

const call: Part = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }
const text: Part = { type: 'text', text: 'Hi' }
const foreign = { origin: 'gemini', signature: 's' }
const thought = (more: object): Part => ({ type: 'reasoning', text: '', ...more })

test.each<[string, Part[], Part[]]>([
  [
    'a signature of another origin before a call moves to the call',
    [thought({ seal: foreign }), call],
    [{ ...call, seal: foreign }],
  ],
  [
    'one before each of two calls moves to its call',
    [thought({ seal: foreign }), call, thought({ seal: foreign }), call],
    [
      { ...call, seal: foreign },
      { ...call, seal: foreign },
    ],
  ],
  [
    "Gemini's signature after a text moves to the text",
    [text, thought({ seal: foreign })],
    [{ ...text, seal: foreign }],
  ],
  [
    'one between a text and a call moves to the call',
    [text, thought({ seal: foreign }), call],
    [text, { ...call, seal: foreign }],
  ],
  [
    'of two between a text and a call, each moves to its own',
    [text, thought({ seal: foreign }), thought({ seal: foreign }), call],
    [
      { ...text, seal: foreign },
      { ...call, seal: foreign },
    ],
  ],
  [
    "another provider's signature after a text stays",
    [text, thought({ seal: { ...foreign, origin: 'anthropic' } })],
    [text, thought({ seal: { ...foreign, origin: 'anthropic' } })],
  ],
  ['one without a following call stays', [thought({ seal: foreign })], [thought({ seal: foreign })]],
  [
    'reasoning with text stays',
    [thought({ text: 'hm', seal: foreign }), call],
    [thought({ text: 'hm', seal: foreign }), call],
  ],
  [
    'sealed reasoning of the own origin stays',
    [thought({ seal: { ...foreign, origin: 'own' } }), call],
    [thought({ seal: { ...foreign, origin: 'own' } }), call],
  ],
  [
    'hidden reasoning is not a signature and stays',
    [thought({ seal: { origin: 'anthropic', data: 'd' } }), call],
    [thought({ seal: { origin: 'anthropic', data: 'd' } }), call],
  ],
])('%s', (_, parts, sealed) => expect(sealCalls(parts, 'own')).toEqual(sealed))
