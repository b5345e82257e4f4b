using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <content>What the namespace answers; on the rank's thread.</content>
internal sealed partial class ImportRun
{
    private const string AllBelow = "; nor is anything below it loaded";

    private void DirectoryAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        var directory = (ImportDirectory)state!;
        if (reply.Error == IoError.Stale && GoesOnByPath(request, directory.Parent!, DirectoryAnswered, directory))
            return;
        if (reply.Error == IoError.Exists)
        {
            LookAt(request, directory);
            return;
        }

        if (!directory.IsAnswered)
            directory.Answer(reply.Error.IsNone, reply.Stat.Ino);
        if (!reply.IsSafe)
            return;
        if (reply.Error.IsNone)
            _made++;
        else
            Refuse(reply.Error == s_notUtf8 ? directory.Source : directory.Path, reply.Error, below: AllBelow);
        Complete(directory.Parent!);
    }

    /// <summary>What is there already, where a directory was to be made: one of its name will do, and nothing else.</summary>
    private void ExistingAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        var directory = (ImportDirectory)state!;
        if (reply.Error == IoError.Stale && GoesOnByPath(request, directory.Parent!, ExistingAnswered, directory))
            return;
        bool isDirectory = reply.Error.IsNone && reply.Stat.Type == InodeType.Directory;
        if (isDirectory)
            Interlocked.Increment(ref _skipped);
        else if (reply.Error.IsNone)
            LeaveOut(directory.Path, "is there already, and no directory" + AllBelow);
        else
            Refuse(directory.Path, reply.Error, below: AllBelow);
        directory.Answer(isDirectory, reply.Stat.Ino);
        Complete(directory.Parent!);
    }

    private void FileAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, (ImportDirectory)state!, FileAnswered))
            return;
        if (!Count(request, reply, state))
            return;
        _files++;
        _bytes += reply.Stat.Size;
    }

    private void LinkAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, (ImportDirectory)state!, LinkAnswered))
            return;
        if (Count(request, reply, state))
            _links++;
    }

    private bool Count(ClientRequest request, ClientReply reply, object? state)
    {
        if (!reply.IsSafe)
            return false;
        var directory = (ImportDirectory)state!;
        if (reply.Error.Failed)
            Refuse(directory, request, reply.Error);
        else
            _made++;
        Complete(directory);
        return reply.Error.IsNone;
    }

    private void AttributesAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error == IoError.Stale && GoesOnByPath(request, (ImportDirectory)state!, AttributesAnswered))
            return;
        if (reply.IsSafe && reply.Error.Failed)
            Refuse(((ImportDirectory)state!).Path, reply.Error, isName: false);
    }

    private void FurtherNameAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.Error.Failed)
            Refuse(request.Path2.Span, reply.Error);
        else if (reply.IsSafe)
            _names++;
    }

    private void ChangeAnswered(ClientRequest request, ClientReply reply, object? state)
    {
        if (reply.IsSafe && reply.Error.Failed)
            Refuse(request.Path.Span, reply.Error, isName: false);
    }

    /// <summary>Everything in a directory has been asked for, or something was answered for good.</summary>
    private void Complete(ImportDirectory directory)
    {
        if (directory.Answered())
            _complete.Enqueue(directory);
    }
}
