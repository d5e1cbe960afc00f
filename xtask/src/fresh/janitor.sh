# Removes a folder when the standard input ends, whatever ended it. What still writes there is about to end as well.
trap '' INT TERM HUP
read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf --one-file-system "$1" && exit
  sleep 1
done 2>/dev/null
echo "$1 could not be removed" >&2
