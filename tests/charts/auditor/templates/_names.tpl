{{- define "auditor.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "auditor.fullname" -}}
{{- $name := include "auditor.name" . -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{ default $joined .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "auditor.selector" -}}
app.kubernetes.io/name: {{ include "auditor.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/app: auditor
{{- end }}

{{- define "auditor.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "auditor.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "auditor.metadata" -}}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "auditor.labels" . | nindent 2 }}
{{- end }}

{{- define "auditor.image" -}}
{{- if eq .Values.global.platform "azure" -}}
{{- $azure := .Values.global.azure.images.scalardlAuditor -}}
{{ $azure.registry }}/{{ $azure.image }}:{{ $azure.tag }}
{{- else -}}
{{ .Values.auditor.image.repository }}:{{ .Values.auditor.image.version }}
{{- end }}
{{- end }}

{{/* The Secret with the database's user and password. */}}
{{- define "auditor.credentials" -}}
{{ .Values.auditor.existingSecret | default (printf "%s-auditor" (include "auditor.fullname" .)) }}
{{- end }}

{{/* What both probes run. */}}
{{- define "auditor.health" -}}
- /usr/local/bin/grpc_health_probe
- -addr=localhost:40051
{{- if .Values.auditor.tls.enabled }}
- -tls
- -tls-ca-cert=/tls/scalardl-auditor/certs/ca.crt
{{- with .Values.auditor.tls.overrideAuthority }}
- -tls-server-name={{ . }}
{{- end }}
{{- end }}
{{- end }}
