import type { HttpMethod } from '@gaesup-state/console-api/contract'
import type { PlainKey } from '../i18n/i18n-context.tsx'

export interface Template {
  readonly id: string
  readonly title: PlainKey
  readonly text: PlainKey
  readonly language: 'python' | 'javascript'
  /** Name of the first function made from it; later ones get a number. */
  readonly functionName: string
  readonly methods: readonly HttpMethod[]
  readonly code: string
  /** The gist of the code for a narrow card: lines of at most 33 characters. */
  readonly preview: string
  /** Request that the editor starts with. */
  readonly request: { readonly method: HttpMethod; readonly path: string; readonly body: string }
}

const helloPython = `def handler(event):
    name = event.get("name", "world")
    print(f"saying hello to {name}")
    return {"message": f"Hello, {name}!"}
`

const jsonApi = `import json
from datetime import datetime, timezone

PRICES = {"apple": 1200, "pear": 1800, "persimmon": 2500}


def handler(event):
    items = event.get("items", [])
    unknown = [item for item in items if item not in PRICES]
    if unknown:
        return {
            "statusCode": 400,
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"error": "unknown items", "items": unknown}),
        }
    total = sum(PRICES[item] for item in items)
    print("priced", len(items), "items")
    return {"total": total, "at": datetime.now(timezone.utc).isoformat()}
`

const webhook = `export default function handler(event) {
  console.log('event received:', event.type)
  if (event.type === 'ping') return { ok: true, answer: 'pong' }
  return { ok: true, handled: event.type, items: event.items?.length ?? 0 }
}
`

const previews = {
  hello: `def handler(event):
    name = event["name"]
    print("hello", name)
    return {"message": "Hello!"}`,
  api: `def handler(event):
    items = event["items"]
    total = sum(prices(items))
    return {"total": total}`,
  webhook: `export default
function handler(event) {
  console.log(event.type)
  return { ok: true }
}`,
} as const

export const templates: readonly [Template, ...Template[]] = [
  {
    id: 'hello-python',
    title: 'template.hello.title',
    text: 'template.hello.text',
    language: 'python',
    functionName: 'hello',
    methods: ['POST'],
    code: helloPython,
    preview: previews.hello,
    request: { method: 'POST', path: '/', body: '{\n  "name": "Gaesup"\n}' },
  },
  {
    id: 'json-api',
    title: 'template.api.title',
    text: 'template.api.text',
    language: 'python',
    functionName: 'prices',
    methods: ['POST'],
    code: jsonApi,
    preview: previews.api,
    request: { method: 'POST', path: '/', body: '{\n  "items": ["apple", "persimmon"]\n}' },
  },
  {
    id: 'javascript-webhook',
    title: 'template.webhook.title',
    text: 'template.webhook.text',
    language: 'javascript',
    functionName: 'webhook',
    methods: ['POST'],
    code: webhook,
    preview: previews.webhook,
    request: {
      method: 'POST',
      path: '/',
      body: '{\n  "type": "order.created",\n  "items": [1, 2, 3]\n}',
    },
  },
]

/** The request to start with for code that still is a template's; else an empty one. */
export function requestForCode(code: string, methods: readonly HttpMethod[]): Template['request'] {
  const found = templates.find((template) => template.code === code)
  return (
    found?.request ?? {
      method: methods.includes('POST') ? 'POST' : (methods[0] ?? 'POST'),
      path: '/',
      body: '{}',
    }
  )
}

/** A name like `wanted`, with the smallest number that makes it unused. */
export function unusedName(wanted: string, taken: readonly string[]): string {
  if (!taken.includes(wanted)) return wanted
  for (let number = 2; ; number++) {
    const name = `${wanted}-${number}`
    if (!taken.includes(name)) return name
  }
}
