{{- define "loader.fullname" -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{ $joined | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "loader.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "loader.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "loader.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "loader.credentials" -}}
{{ .Values.schemaLoading.existingSecret | default (include "loader.fullname" .) }}
{{- end }}
