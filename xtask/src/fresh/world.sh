# The first process of a world of its own: the mounts and processes that are made in it end with it. A command is run
# in it, and all is ended at once when the standard input does: whoever holds the other end is gone then.
exec 3<&0 </dev/null
{ read -r _ <&3; kill -9 -1; } &
exec 3<&-
"$@"
