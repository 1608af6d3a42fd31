{{- define "ledger.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "ledger.fullname" -}}
{{- $name := include "ledger.name" . -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{ default $joined .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "ledger.selector" -}}
app.kubernetes.io/name: {{ include "ledger.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/app: ledger
{{- end }}

{{- define "ledger.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "ledger.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "ledger.metadata" -}}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "ledger.labels" . | nindent 2 }}
{{- end }}

{{- define "ledger.image" -}}
{{- if eq .Values.global.platform "azure" -}}
{{- $azure := .Values.global.azure.images.scalardlLedger -}}
{{ $azure.registry }}/{{ $azure.image }}:{{ $azure.tag }}
{{- else -}}
{{ .Values.ledger.image.repository }}:{{ .Values.ledger.image.version }}
{{- end }}
{{- end }}

{{/* The Secret with the database's user and password. */}}
{{- define "ledger.credentials" -}}
{{ .Values.ledger.existingSecret | default (printf "%s-ledger" (include "ledger.fullname" .)) }}
{{- end }}

{{/* What both probes run. */}}
{{- define "ledger.health" -}}
- /usr/local/bin/grpc_health_probe
- -addr=localhost:50051
{{- if .Values.ledger.tls.enabled }}
- -tls
- -tls-ca-cert=/tls/scalardl-ledger/certs/ca.crt
{{- with .Values.ledger.tls.overrideAuthority }}
- -tls-server-name={{ . }}
{{- end }}
{{- end }}
{{- end }}
