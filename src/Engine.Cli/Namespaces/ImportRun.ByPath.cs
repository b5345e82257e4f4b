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
    /// <param name="request">The request.</param>
    /// <param name="from">The directory whose number it began at.</param>
    /// <param name="handler">Whom the answer is for.</param>
    /// <param name="about">The directory that it is about, where that is another.</param>
    private bool GoesOnByPath(
        ClientRequest request, ImportDirectory from, FsClient.ReplyHandler handler, ImportDirectory? about = null)
    {
        if (request.Base == Ino.Root)
            return false;
        from.ForgetNumber();
        _stale.Enqueue((from.ByPath(request), handler, about ?? from));
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
