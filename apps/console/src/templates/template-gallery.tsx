import { ArrowRight } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { templates, type Template } from './templates.ts'
import './template-gallery.css'

export interface TemplateGalleryProps {
  readonly onPick: (template: Template) => void
  /** The template that is being made into a function; the others cannot be picked meanwhile. */
  readonly busyId: string | undefined
}

/** Cards of ready functions: one press makes it. */
export function TemplateGallery({ onPick, busyId }: TemplateGalleryProps) {
  const { t } = useI18n()
  return (
    <ul className="gallery" aria-label={t('template.gallery')}>
      {templates.map((template) => (
        <li key={template.id}>
          <button
            type="button"
            className="gallery-card"
            disabled={busyId !== undefined}
            aria-busy={busyId === template.id}
            onClick={() => onPick(template)}
          >
            <pre className="gallery-code" aria-hidden>
              {template.preview}
            </pre>
            <span className="gallery-words">
              <span className="gallery-title">
                {t(template.title)}
                {busyId === template.id ? (
                  <span className="spinner" aria-hidden />
                ) : (
                  <ArrowRight size={15} aria-hidden />
                )}
              </span>
              <span className="gallery-text">{t(template.text)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
