using System.Collections.Concurrent;
using Engine.Cli.Sessions;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <content>A directory's number is good for as long as the rank has it in memory. What finds nothing at a number is asked for
/// again by path. So is what is there already where a directory was to be made.</content>
internal sealed partial class ImportRun
{
    /// <summary>What answers have asked next: filled on the rank's thread, which must not ask; emptied by the
    /// command's.</summary>
    private readonly ConcurrentQueue<(ClientRequest Request, FsClient.ReplyHandler Handler, ImportDirectory Directory)> _next =
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
        _next.Enqueue((from.ByPath(request), handler, about ?? from));
        return true;
    }

    /// <summary>Has the namespace asked what is there where a directory was to be made.</summary>
    private void LookAt(ClientRequest request, ImportDirectory directory)
    {
        var look = new ClientRequest(0, ClientOp.GetAttributes) { Base = request.Base, Path = request.Path };
        _next.Enqueue((look, ExistingAnswered, directory));
    }

    private void AskNext()
    {
        while (_next.TryDequeue(out (ClientRequest Request, FsClient.ReplyHandler Handler, ImportDirectory Directory) item))
            client.Submit(item.Request, item.Handler, item.Directory);
    }

    private void Await(ImportDirectory directory)
    {
        while (!directory.IsAnswered)
        {
            AskNext();
            client.WaitUntil(() => directory.IsAnswered || !_next.IsEmpty);
        }
    }

    private void WaitForAll()
    {
        do
        {
            AskNext();
            client.WaitForAll();
        }
        while (!_next.IsEmpty);
    }
}
