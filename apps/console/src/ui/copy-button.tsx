import { useState } from 'react'
import { Check, Copy } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { useToaster } from './toasts.tsx'
import { IconButton } from './button.tsx'

export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t } = useI18n()
  const toaster = useToaster()
  const [copied, setCopied] = useState(false)
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true)
        setTimeout(() => setCopied(false), 1500)
      },
      (error: unknown) => toaster.failed(t('action.copyFailed'), error),
    )
  }
  return (
    <IconButton
      label={copied ? t('action.copied') : (label ?? t('action.copy'))}
      tipSide="left"
      className="copy-button"
      onClick={copy}
    >
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </IconButton>
  )
}
