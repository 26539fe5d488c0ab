# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Completion of openkb for fish. A test holds the lists against --help.

set -l commands add convert doctor help init list plugins recover remove show status verify version

function __openkb_documents
    openkb list 2>/dev/null | sed -e 1d -e 's/  .*//'
end

function __openkb_plugins
    openkb plugins list 2>/dev/null | sed 's/ .*//'
end

# __openkb OPTIONS-OF-complete...: for one or more commands, named first, separated by commas.
function __openkb
    set -l names (string split , $argv[1])
    complete -c openkb -n "__fish_seen_subcommand_from $names" $argv[2..-1]
end

complete -c openkb -n "not __fish_seen_subcommand_from $commands" -f -a "$commands"
complete -c openkb -n "not __fish_seen_subcommand_from $commands" -l version -d 'Show the version'
complete -c openkb -s q -l quiet -d 'Say nothing but errors'
complete -c openkb -s v -l verbose -d 'Say more'
complete -c openkb -s h -l help -d 'Show the usage'

set -l kb add,doctor,init,list,recover,remove,show,status,verify
__openkb $kb -l kb-dir -x -a '(__fish_complete_directories)' -d 'The knowledge base'
__openkb $kb -l lock-timeout -x -d 'Give up when locked for so long'
__openkb $kb,convert,plugins,version -l json -d 'Report as one JSON value'

__openkb add,convert -s j -l jobs -x -d 'Convert so many at a time'
__openkb add,convert,remove -s n -l dry-run -d 'Only show what would be done'
__openkb add,convert -l files-from -r -d 'Read more paths from a file'
__openkb add,convert -l name -x -d 'File name of standard input'
__openkb add,convert -l include -x -d 'In directories take only what fits'
__openkb add,convert -l exclude -x -d 'In directories leave out what fits'
__openkb add,convert,list,plugins -l plugin -x -a '(__openkb_plugins)' -d 'A plugin'
__openkb add,convert -l option -x -d 'Set an option of a plugin'
__openkb add,convert -l sandbox -x -a 'auto require off' -d 'How converters are confined'
__openkb add,convert -l memory -x -d 'Address space of one document'
__openkb add,convert -l idle -x -d 'Time of one document without progress'
__openkb add,convert -l max-output -x -d 'Bytes that one document may write'
__openkb add,convert -l max-files -x -d 'Pictures of one document'
__openkb add,convert -l max-depth -x -d 'Nesting of one document'
__openkb add,convert -l wall -x -d 'Time of one document'
__openkb add,convert -l cpu -x -d 'CPU time of one document'
__openkb add,convert,plugins -l plugin-dir -x -a '(__fish_complete_directories)' \
    -d 'Look for plugins here first'
__openkb add,convert,plugins -l no-third-party-plugins -d 'Use only the installed plugins'

__openkb add -l retry-failed -d 'Try again what failed'
__openkb add -l allow-duplicates -d 'Make a document of the same bytes'
__openkb add -l prune -x -a '(__fish_complete_directories)' -d 'Take out what vanished'
__openkb add -l jsonl -d 'Report each event as a line of JSON'

__openkb convert -s o -l output -r -d 'Write one document here'
__openkb convert -l output-dir -x -a '(__fish_complete_directories)' -d 'Write below'
__openkb convert -l metadata -x -a 'none front-matter' -d 'Title, author, date'
__openkb convert -l force -d 'Replace files that exist'

__openkb list -l type -x -d 'Only this type'
__openkb list -l outdated -d 'Only what add would convert anew'
__openkb recover -l rebuild -d 'Make the registry anew'
__openkb show -l summary -d 'Its summary'
__openkb show -l raw -d 'Its bytes'
__openkb show -l page -x -d 'Only this page'
__openkb remove -l keep-raw -d 'Leave the original'
__openkb add,remove -s y -l yes -d 'Do not ask'

__openkb show,remove -f -a '(__openkb_documents)'
__openkb help -f -a "$commands"
__openkb plugins -a 'list info explain enable check'
