{{- define "envoy.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of the release's objects: shared with the parent chart where nameOverride is the parent's name. */}}
{{- define "envoy.fullname" -}}
{{- $name := include "envoy.name" . -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{ default $joined .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "envoy.selector" -}}
app.kubernetes.io/name: {{ include "envoy.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/app: envoy
{{- end }}

{{- define "envoy.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "envoy.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "envoy.metadata" -}}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "envoy.labels" . | nindent 2 }}
{{- end }}

{{- define "envoy.image" -}}
{{- if eq .Values.global.platform "azure" -}}
{{- $azure := .Values.global.azure.images.envoy -}}
{{ $azure.registry }}/{{ $azure.image }}:{{ $azure.tag }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.version }}
{{- end }}
{{- end }}
