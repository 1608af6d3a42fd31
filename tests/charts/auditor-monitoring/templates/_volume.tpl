{{/* What a component keeps its data on. */}}
{{- define "monitoring.volume" -}}
{{- if .enabled -}}
{{ .size }} of {{ .storageClass | default .storageClassName | default "the default class" }}
{{- else -}}
none
{{- end }}
{{- end }}
