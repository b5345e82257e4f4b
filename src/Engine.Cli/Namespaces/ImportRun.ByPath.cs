using System.Collections.Concurrent;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <content>A directory's number is good for as long as the rank has it in memory. What finds nothing at a number is asked for
/// again by path.</content>
internal sealed partial class ImportRun
{
    /// <summary>Filled on the rank's thread, which must not ask; emptied by the command's.</summary>
    private readonly ConcurrentQueue<(ClientRequest Request, FsClient.ReplyHandler Handler, ImportDirectory Directory)> _stale =
        new();

    /// <summary>Has a request asked again that began at a directory's number; false where it did not.</summary>
    private bool GoesOnByPath(ClientRequest request, object? state, FsClient.ReplyHandler handler)
    {
        if (request.Base == Ino.Root)
            return false;
        var directory = (ImportDirectory)state!;
        directory.ForgetNumber();
        _stale.Enqueue((directory.ByPath(request), handler, directory));
        return true;
    }

    private void RepeatByPath()
    {
        while (_stale.TryDequeue(out (ClientRequest Request, FsClient.ReplyHandler Handler, ImportDirectory Directory) item))
            client.Submit(item.Request, item.Handler, item.Directory);
    }

    private void Await(ImportDirectory directory)
    {
        while (!directory.IsAnswered)
        {
            RepeatByPath();
            client.WaitUntil(() => directory.IsAnswered || !_stale.IsEmpty);
        }
    }

    private void WaitForAll()
    {
        do
        {
            RepeatByPath();
            client.WaitForAll();
        }
        while (!_stale.IsEmpty);
    }
}
