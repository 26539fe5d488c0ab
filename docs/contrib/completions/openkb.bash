# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Completion of openkb for bash. A test holds the lists against --help.

_openkb_commands="add convert doctor help init list plugins recover remove show status verify version"

_openkb_options() {
    local common="-q --quiet -v --verbose -h --help"
    local kb="--kb-dir --lock-timeout"
    local work="-j --jobs -n --dry-run --files-from --name --include --exclude --plugin --option --sandbox
        --memory --wall --idle --cpu --max-output --max-files --max-depth --plugin-dir --no-third-party-plugins"
    case $1 in
    add) echo "--retry-failed --allow-duplicates --prune -y --yes --jsonl $work $kb --json $common" ;;
    convert) echo "-o --output --output-dir --metadata --force $work --json $common" ;;
    doctor | init | status | verify) echo "$kb --json $common" ;;
    recover) echo "--rebuild $kb --json $common" ;;
    help) echo "$common" ;;
    list) echo "--type --plugin --outdated $kb --json $common" ;;
    plugins) echo "--plugin --plugin-dir --no-third-party-plugins --json $common" ;;
    remove) echo "--keep-raw -n --dry-run -y --yes $kb --json $common" ;;
    show) echo "--summary --raw --page $kb --json $common" ;;
    version) echo "--json $common" ;;
    esac
}

# Names of documents, of the knowledge base that the line names or the directory is in.
_openkb_documents() {
    local i kb=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --kb-dir) kb=(--kb-dir "${COMP_WORDS[i + 1]}") ;;
        esac
    done
    openkb "${kb[@]}" list 2>/dev/null | sed -e 1d -e 's/  .*//'
}

_openkb_plugins() {
    openkb plugins list 2>/dev/null | sed 's/ .*//'
}

# Offers the lines of $1. Not by compgen -W, which would run what it finds in a name.
_openkb_words() {
    local word
    while IFS= read -r word; do
        if [[ -n $word && $word == "$cur"* ]]; then
            COMPREPLY+=("$(printf %q "$word")")
        fi
    done <<<"$1"
}

_openkb() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --kb-dir | --lock-timeout) ((i++)) ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $previous in
    --sandbox) _openkb_words "auto"$'\n'"require"$'\n'"off"; return ;;
    --metadata) _openkb_words "none"$'\n'"front-matter"; return ;;
    --plugin) _openkb_words "$(_openkb_plugins)"; return ;;
    --kb-dir | --output-dir | --plugin-dir)
        compopt -o dirnames 2>/dev/null
        return
        ;;
    esac
    case $command,$cur in
    ,-*) _openkb_words "$(printf '%s\n' --kb-dir --lock-timeout --json -q -v --help --version)" ;;
    ,*) _openkb_words "${_openkb_commands// /$'\n'}" ;;
    *,-*) _openkb_words "$(printf '%s\n' $(_openkb_options "$command"))" ;;
    show,* | remove,*) _openkb_words "$(_openkb_documents)" ;;
    help,*) _openkb_words "${_openkb_commands// /$'\n'}" ;;
    plugins,*)
        if [ "$previous" = info ] || [ "$previous" = enable ]; then
            _openkb_words "$(_openkb_plugins)"
        elif [ "$previous" = plugins ]; then
            _openkb_words "list"$'\n'"info"$'\n'"explain"$'\n'"enable"$'\n'"check"
        else
            compopt -o default 2>/dev/null
        fi
        ;;
    *) compopt -o default 2>/dev/null ;;
    esac
}

complete -F _openkb openkb
