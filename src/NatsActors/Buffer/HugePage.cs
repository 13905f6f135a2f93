using System.Buffers;
using System.Runtime.InteropServices;

namespace NatsActors.Buffer;

/// <summary>
/// The memory of one large segment as one huge page of Linux. With ordinary pages a deep buffer spends more on the first touch of
/// each page, by the copy into it and by the kernel's copy out of it, than on the copies. Without huge pages in the system
/// (<c>/sys/kernel/mm/transparent_hugepage/enabled</c> says never) it is ordinary memory.
/// The garbage collector gives the memory back when neither the buffer nor a link has a reference to it, as it does with an array.
/// </summary>
internal sealed unsafe partial class HugePage : MemoryManager<byte>
{
    /// <summary>The size of a huge page on x64, and on Arm64 with the usual pages of 4 KiB.</summary>
    public const int Size = 2 * 1024 * 1024;

    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymous = 0x02 | 0x20;
    private const int UseHugePage = 14;

    private static long _mapped;

    private readonly byte* _start;
    private readonly Mapping _mapping;

    private HugePage(byte* start)
    {
        _start = start;
        _mapping = new Mapping((nint)start);
    }

    /// <summary>Bytes of all huge pages of the process: memory that the garbage collector does not count.</summary>
    public static long Mapped => Interlocked.Read(ref _mapped);

    /// <summary>Null when the system has no such memory, or none left.</summary>
    public static HugePage? TryCreate()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        // Twice the size surely has an aligned part; the rest goes back untouched.
        var mapped = Map(null, 2 * Size, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)mapped == -1)
        {
            return null;
        }

        var before = (int)(-(nint)mapped & (Size - 1));
        var start = mapped + before;
        if (before > 0)
        {
            _ = Unmap(mapped, (nuint)before);
        }

        _ = Unmap(start + Size, (nuint)(Size - before));
        _ = Advise(start, Size, UseHugePage);
        return new HugePage(start);
    }

    public override Span<byte> GetSpan() => new(_start, Size);

    public Span<byte> Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(Size - start));
        return new Span<byte>(_start + start, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex, default, this);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>Gives the memory back when it is collected, which is after the last reference to its <see cref="HugePage"/>.</summary>
    private sealed class Mapping : SafeHandle
    {
        public Mapping(nint start)
            : base(0, ownsHandle: true)
        {
            SetHandle(start);
            GC.AddMemoryPressure(Size);
            Interlocked.Add(ref _mapped, Size);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            GC.RemoveMemoryPressure(Size);
            Interlocked.Add(ref _mapped, -Size);
            return Unmap(handle.ToPointer(), Size) == 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
